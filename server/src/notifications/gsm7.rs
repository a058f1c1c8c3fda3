//! What fits into an SMS: the GSM 7-bit alphabet (3GPP TS 23.038), in which two joined messages hold 306
//! characters. One character outside of it more than halves that. Not the sentences.

/// Two joined messages, with some room for what a gateway adds.
pub(super) const MOST: usize = 300;

/// The basic alphabet, as far as texts use it: one place each.
const BASIC: &str = "@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà\n";
/// The extension: two places each.
const EXTENSION: &str = "^{}\\[~]|€";

/// The same text within the alphabet: typographic signs become plain ones, letters lose an accent that the alphabet
/// lacks, and what is left over becomes a question mark.
pub(super) fn plain(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut plain, c| {
        match c {
            c if BASIC.contains(c) || EXTENSION.contains(c) => plain.push(c),
            '\u{2010}'..='\u{2015}' => plain.push('-'),
            '‘' | '’' | '`' | '´' => plain.push('\''),
            '“' | '”' | '«' | '»' => plain.push('"'),
            '…' => plain.push_str("..."),
            '•' | '·' => plain.push('*'),
            '\t' | '\r' | '\u{a0}' | '\u{202f}' => plain.push(' '),
            'á' | 'â' | 'ã' => plain.push('a'),
            'Á' | 'À' | 'Â' | 'Ã' => plain.push('A'),
            'ç' => plain.push('c'),
            'ë' | 'ê' => plain.push('e'),
            'Ë' | 'Ê' | 'È' => plain.push('E'),
            'í' | 'î' | 'ï' => plain.push('i'),
            'Í' | 'Î' | 'Ï' | 'Ì' => plain.push('I'),
            'ó' | 'ô' | 'õ' => plain.push('o'),
            'Ó' | 'Ô' | 'Õ' | 'Ò' => plain.push('O'),
            'ú' | 'û' => plain.push('u'),
            'Ú' | 'Û' | 'Ù' => plain.push('U'),
            _ => plain.push('?'),
        }
        plain
    })
}

/// How many places a plain text takes.
pub(super) fn places(plain: &str) -> usize {
    plain.chars().map(|c| if EXTENSION.contains(c) { 2 } else { 1 }).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_comes_within_the_alphabet() {
        assert_eq!(plain("0485 – 845 900"), "0485 - 845 900");
        assert_eq!(plain("«Cliënten» zó’n … ok\u{a0}😀"), "\"Clienten\" zo'n ... ok ?");
        assert_eq!(plain("Gül Özdemir à € 3"), "Gül Özdemir à € 3");
    }

    #[test]
    fn a_sign_of_the_extension_takes_two_places() {
        assert_eq!(places("€ [x]"), 8);
        assert_eq!(places("abc"), 3);
    }
}
