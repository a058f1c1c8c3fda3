//! Rice codes: a number as its quotient in unary and its remainder in `k` bits. They are close to the shortest code for
//! the differences of sorted random numbers.

/// Appends Rice codes to bytes.
#[derive(Default)]
pub(super) struct BitWriter {
    bytes: Vec<u8>,
    /// The bits of an unfinished byte, and how many there are.
    unfinished: (u8, u32),
}

impl BitWriter {
    fn push(&mut self, bit: bool) {
        let (byte, count) = self.unfinished;
        let byte = (byte << 1) | u8::from(bit);
        if count == 7 {
            self.bytes.push(byte);
            self.unfinished = (0, 0);
        } else {
            self.unfinished = (byte, count + 1);
        }
    }

    /// Appends a number.
    pub(super) fn rice(&mut self, number: u32, k: u32) {
        for _ in 0..number >> k {
            self.push(true);
        }
        self.push(false);
        for position in (0..k).rev() {
            self.push((number >> position) & 1 == 1);
        }
    }

    /// Returns the bytes; the last one is filled with zeros.
    pub(super) fn finish(mut self) -> Vec<u8> {
        while self.unfinished.1 > 0 {
            self.push(false);
        }
        self.bytes
    }
}

/// Reads Rice codes from bytes.
pub(super) struct BitReader<'a> {
    bytes: &'a [u8],
    position: usize,
}

impl<'a> BitReader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, position: 0 }
    }

    fn bit(&mut self) -> Option<bool> {
        let byte = self.bytes.get(self.position / 8)?;
        let bit = (byte >> (7 - self.position % 8)) & 1 == 1;
        self.position += 1;
        Some(bit)
    }

    /// Reads a number; `None` at the end.
    pub(super) fn rice(&mut self, k: u32) -> Option<u32> {
        let mut number = 0_u32;
        while self.bit()? {
            number = number.checked_add(1)?;
        }
        for _ in 0..k {
            number = number.checked_mul(2)? | u32::from(self.bit()?);
        }
        Some(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_are_read_back(numbers in prop::collection::vec(0_u32..5000, 0..200), k in 0_u32..14) {
            let mut writer = BitWriter::default();
            for number in &numbers {
                writer.rice(*number, k);
            }
            let bytes = writer.finish();
            let mut reader = BitReader::new(&bytes);
            for number in &numbers {
                prop_assert_eq!(reader.rice(k), Some(*number));
            }
        }

        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..50), k in 0_u32..40) {
            let mut reader = BitReader::new(&bytes);
            while reader.rice(k).is_some() {}
        }
    }
}
