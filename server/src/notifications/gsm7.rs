//! The alphabet and length of an SMS: GSM 7-bit (3GPP TS 23.038), in which two concatenated messages hold 306
//! characters. One character outside the alphabet more than halves that.

/// Two concatenated messages, with a reserve for what a gateway adds.
pub(super) const MAX_SEPTETS: usize = 300;

/// The basic alphabet as far as the texts use it: one septet each.
const BASIC_CHARACTERS: &str = "@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà\n";
/// The extension table: two septets each.
const EXTENSION_CHARACTERS: &str = "^{}\\[~]|€";

/// Transliterates a text into the alphabet: typographic characters become plain ones, letters lose an accent that
/// the alphabet lacks, and anything else becomes a question mark.
pub(super) fn to_gsm7(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut output, c| {
        match c {
            c if BASIC_CHARACTERS.contains(c) || EXTENSION_CHARACTERS.contains(c) => output.push(c),
            '\u{2010}'..='\u{2015}' => output.push('-'),
            '‘' | '’' | '`' | '´' => output.push('\''),
            '“' | '”' | '«' | '»' => output.push('"'),
            '…' => output.push_str("..."),
            '•' | '·' => output.push('*'),
            '\t' | '\r' | '\u{a0}' | '\u{202f}' => output.push(' '),
            'á' | 'â' | 'ã' => output.push('a'),
            'Á' | 'À' | 'Â' | 'Ã' => output.push('A'),
            'ç' => output.push('c'),
            'ë' | 'ê' => output.push('e'),
            'Ë' | 'Ê' | 'È' => output.push('E'),
            'í' | 'î' | 'ï' => output.push('i'),
            'Í' | 'Î' | 'Ï' | 'Ì' => output.push('I'),
            'ó' | 'ô' | 'õ' => output.push('o'),
            'Ó' | 'Ô' | 'Õ' | 'Ò' => output.push('O'),
            'ú' | 'û' => output.push('u'),
            'Ú' | 'Û' | 'Ù' => output.push('U'),
            _ => output.push('?'),
        }
        output
    })
}

/// Returns the length of a transliterated text in septets.
pub(super) fn septets(text: &str) -> usize {
    text.chars().map(|c| if EXTENSION_CHARACTERS.contains(c) { 2 } else { 1 }).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_transliterated_into_the_gsm7_alphabet() {
        assert_eq!(to_gsm7("0485 – 845 900"), "0485 - 845 900");
        assert_eq!(to_gsm7("«Cliënten» zó’n … ok\u{a0}😀"), "\"Clienten\" zo'n ... ok ?");
        assert_eq!(to_gsm7("Gül Özdemir à € 3"), "Gül Özdemir à € 3");
    }

    #[test]
    fn extension_characters_count_as_two_septets() {
        assert_eq!(septets("€ [x]"), 8);
        assert_eq!(septets("abc"), 3);
    }
}
