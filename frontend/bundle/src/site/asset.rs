//! One file of the site: its name, its content type and its compressed forms.

use anyhow::Context;
use brotli::enc::BrotliEncoderParams;
use data_encoding::HEXLOWER;
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};
use std::io::Write as _;

/// The folder of the files whose names contain a hash of their content.
const FOLDER: &str = "/assets/";

/// A file of the site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asset {
    /// The name in our sources, e.g. `start.js`.
    pub(crate) name: String,
    /// The path of its URL, e.g. `/assets/start.0123456789abcdef.js`.
    pub(crate) path: String,
    /// The path changes with the content, so that a browser may cache it without limit.
    pub(crate) immutable: bool,
    /// The content.
    pub(crate) raw: Vec<u8>,
}

/// The compressed forms, each only if it is smaller.
pub(crate) struct Compressed {
    /// brotli, quality 11.
    pub(crate) br: Option<Vec<u8>>,
    /// gzip, level 9.
    pub(crate) gz: Option<Vec<u8>>,
}

impl Asset {
    /// A file whose name contains the hash of its content.
    pub(crate) fn hashed(name: &str, raw: Vec<u8>) -> Self {
        let path = format!("{FOLDER}{}", hashed_name(name, &raw));
        Self { name: name.to_owned(), path, immutable: true, raw }
    }

    /// A file that keeps its name.
    pub(crate) fn fixed(name: &str, raw: Vec<u8>) -> Self {
        Self { name: name.to_owned(), path: format!("/{name}"), immutable: false, raw }
    }

    /// The last part of the path.
    pub(crate) fn file_name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }

    /// The value of `Content-Type`; streaming compilation requires `application/wasm`.
    pub(crate) fn content_type(&self) -> &'static str {
        match self.name.rsplit_once('.').map(|(_, extension)| extension) {
            Some("css") => "text/css; charset=utf-8",
            Some("html") => "text/html; charset=utf-8",
            Some("ico") => "image/x-icon",
            Some("jpg" | "jpeg") => "image/jpeg",
            Some("js") => "text/javascript; charset=utf-8",
            Some("json") => "application/json",
            Some("png") => "image/png",
            Some("svg") => "image/svg+xml",
            Some("txt") => "text/plain; charset=utf-8",
            Some("wasm") => "application/wasm",
            Some("webmanifest") => "application/manifest+json",
            Some("webp") => "image/webp",
            Some("woff2") => "font/woff2",
            _ => "application/octet-stream",
        }
    }

    /// Compresses with the highest quality: a file is compressed once and sent many times.
    pub(crate) fn compress(&self) -> anyhow::Result<Compressed> {
        let params = BrotliEncoderParams { quality: 11, size_hint: self.raw.len(), ..Default::default() };
        let mut br = Vec::new();
        brotli::BrotliCompress(&mut self.raw.as_slice(), &mut br, &params)
            .with_context(|| format!("cannot compress {}", self.name))?;
        let mut gz = GzEncoder::new(Vec::new(), Compression::best());
        gz.write_all(&self.raw)?;
        let gz = gz.finish()?;
        let smaller = |bytes: Vec<u8>| (bytes.len() < self.raw.len()).then_some(bytes);
        Ok(Compressed { br: smaller(br), gz: smaller(gz) })
    }
}

/// `start.js` → `start.0123456789abcdef.js`: the first eight bytes of the SHA-256.
fn hashed_name(name: &str, content: &[u8]) -> String {
    const DIGITS: usize = 16;
    let hash: String = HEXLOWER.encode(&Sha256::digest(content)).chars().take(DIGITS).collect();
    match name.rsplit_once('.') {
        Some((stem, extension)) => format!("{stem}.{hash}.{extension}"),
        None => format!("{name}.{hash}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_has_the_hash_of_the_content_before_the_extension() {
        // sha256("abc"), FIPS 180-2.
        assert_eq!(hashed_name("frontend_bg.wasm", b"abc"), "frontend_bg.ba7816bf8f01cfea.wasm");
        assert_eq!(hashed_name("LICENSE", b"abc"), "LICENSE.ba7816bf8f01cfea");
    }

    #[test]
    fn the_path_changes_with_the_content_and_only_hashed_files_are_immutable() {
        let (one, two) = (Asset::hashed("a.js", b"1".to_vec()), Asset::hashed("a.js", b"2".to_vec()));
        assert_ne!(one.path, two.path);
        assert!(one.immutable && one.path.starts_with("/assets/a."));
        let robots = Asset::fixed("robots.txt", b"User-agent: *".to_vec());
        assert_eq!((robots.path.as_str(), robots.immutable), ("/robots.txt", false));
    }

    #[test]
    fn a_compressed_form_is_kept_only_if_it_is_smaller() {
        let long = Asset::fixed("long.txt", b"wachtwoord ".repeat(100)).compress().unwrap();
        assert!(long.br.is_some() && long.gz.is_some());
        let short = Asset::fixed("short.txt", b"x".to_vec()).compress().unwrap();
        assert!(short.br.is_none() && short.gz.is_none());
    }
}
