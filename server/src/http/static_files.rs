//! The site: every file a browser asks for, inside the binary and already compressed. It does not
//! answer requests; that is `http`'s.
//!
//! A page preloads with [`FRONTEND_JS`] (`modulepreload`) and [`FRONTEND_WASM`] (`preload as=fetch
//! type=application/wasm crossorigin`), starts with [`START`] (`script type=module`) and tells the
//! wizard where the [`WORKER`] is. The registration's page does the same with its own.

/// One file, in every form it may be sent in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct File {
    /// The path it is asked for with.
    pub path: &'static str,
    /// What `Content-Type` says.
    pub content_type: &'static str,
    /// The path changes with the content, so that a browser may keep it for ever.
    pub immutable: bool,
    /// As it is.
    pub raw: &'static [u8],
    /// Compressed with brotli, where that is smaller.
    pub br: Option<&'static [u8]>,
    /// Compressed with gzip, where that is smaller.
    pub gz: Option<&'static [u8]>,
}

include!(concat!(env!("OUT_DIR"), "/site.rs"));

/// The file with this path.
pub fn find(path: &str) -> Option<&'static File> {
    let place = FILES.binary_search_by(|file| file.path.cmp(path)).ok()?;
    FILES.get(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_the_page_is_built_with_leads_to_an_immutable_file() {
        let wizard = [START, FRONTEND_JS, FRONTEND_WASM, STYLE, WORKER, STRENGTH_JS, STRENGTH_WASM];
        let registration =
            [REGISTRATION_START, REGISTRATION_JS, REGISTRATION_WASM, REGISTRATION_STYLE, STATIC_STYLE];
        for path in wizard.into_iter().chain(registration) {
            assert!(find(path).is_some_and(|file| file.immutable), "{path}");
        }
    }

    #[test]
    fn an_unknown_path_leads_nowhere() {
        assert_eq!(find("/assets/start.js"), None);
        assert_eq!(find(""), None);
    }

    #[test]
    fn the_scripts_refer_to_the_names_that_exist() {
        for (script, references) in [
            (START, [FRONTEND_JS, FRONTEND_WASM]),
            (REGISTRATION_START, [REGISTRATION_JS, REGISTRATION_WASM]),
            (WORKER, [STRENGTH_JS, STRENGTH_WASM]),
        ] {
            let text = std::str::from_utf8(find(script).unwrap().raw).unwrap();
            for reference in references {
                let name = reference.strip_prefix("/assets/").unwrap();
                // The minifier chooses the quotes.
                let quoted = ['"', '`'].map(|quote| format!("{quote}./{name}{quote}"));
                assert!(quoted.iter().any(|reference| text.contains(reference)), "{script} {name}");
            }
        }
    }

    #[test]
    fn a_compressed_form_is_never_larger() {
        for file in FILES {
            for compressed in [file.br, file.gz].into_iter().flatten() {
                assert!(compressed.len() < file.raw.len(), "{}", file.path);
            }
        }
    }
}
