//! The supported languages, and texts of the settings in each language.

use super::activation::ActivationMessages;
use super::enrollment::EnrollmentMessages;
use super::locales;
use super::messages::Messages;
#[cfg(feature = "ssr")]
use super::notifications::NotificationMessages;
use super::service_desk::ServiceDeskMessages;
#[cfg(feature = "ssr")]
use super::static_pages::StaticPageMessages;
use serde::{Deserialize, Serialize};

macro_rules! languages {
    ($($(#[$doc:meta])* $([$default:ident])? $variant:ident, $tag:ident, $own_name:literal;)*) => {
        /// A language of the pages.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
        #[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
        #[serde(rename_all = "lowercase")]
        pub enum Language {
            $($(#[$doc])* $(#[$default])? $variant,)*
        }

        impl Language {
            /// Every language; the first is the default.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The BCP 47 tag.
            pub const fn tag(self) -> &'static str {
                match self {
                    $(Self::$variant => stringify!($tag),)*
                }
            }

            /// The name of the language in that language.
            pub(crate) const fn own_name(self) -> &'static str {
                match self {
                    $(Self::$variant => $own_name,)*
                }
            }

            /// The messages of the wizard, and those that every page uses.
            pub(crate) const fn messages(self) -> &'static Messages {
                match self {
                    $(Self::$variant => &locales::$tag::MESSAGES,)*
                }
            }

            /// The messages of linking the app.
            pub(crate) const fn activation(self) -> &'static ActivationMessages {
                match self {
                    $(Self::$variant => &locales::$tag::activation::MESSAGES,)*
                }
            }

            /// The messages of the enrollment.
            pub(crate) const fn enrollment(self) -> &'static EnrollmentMessages {
                match self {
                    $(Self::$variant => &locales::$tag::enrollment::MESSAGES,)*
                }
            }

            /// The messages of the service desk page.
            pub(crate) const fn service_desk(self) -> &'static ServiceDeskMessages {
                match self {
                    $(Self::$variant => &locales::$tag::service_desk::MESSAGES,)*
                }
            }

            /// The messages of the static pages.
            #[cfg(feature = "ssr")]
            pub(crate) const fn static_pages(self) -> &'static StaticPageMessages {
                match self {
                    $(Self::$variant => &locales::$tag::static_pages::MESSAGES,)*
                }
            }

            /// The messages of mails and text messages.
            #[cfg(feature = "ssr")]
            pub const fn notifications(self) -> &'static NotificationMessages {
                match self {
                    $(Self::$variant => &locales::$tag::notifications::MESSAGES,)*
                }
            }
        }

        /// A text of the settings in each language.
        #[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
        #[serde(deny_unknown_fields)]
        pub struct Localised {
            $($(#[$doc])* #[serde(default)] pub $tag: String,)*
        }

        impl Localised {
            /// One text for all languages.
            pub fn same(text: &str) -> Self {
                Self { $($tag: text.to_owned(),)* }
            }

            /// The text in a language; empty if there is none.
            pub fn in_language(&self, language: Language) -> &str {
                match language {
                    $(Language::$variant => &self.$tag,)*
                }
            }
        }
    };
}

languages! {
    /// Dutch.
    [default] Nl, nl, "Nederlands";
    /// English.
    En, en, "English";
}

impl Language {
    /// The language with this BCP 47 tag.
    pub(crate) fn from_tag(tag: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|language| language.tag() == tag)
    }
}

impl Localised {
    /// Whether the text is empty in every language.
    pub fn is_empty(&self) -> bool {
        Language::ALL.iter().all(|language| self.in_language(*language).is_empty())
    }

    /// The first of the languages whose text is missing.
    pub fn missing_in(&self, languages: &[Language]) -> Option<Language> {
        languages.iter().copied().find(|language| self.in_language(*language).trim().is_empty())
    }
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    fn rust_files(directory: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                rust_files(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }

    /// Adding a language must not require a change outside this module, so no other code may distinguish languages.
    #[test]
    fn code_outside_this_module_names_no_language() {
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let mut files = Vec::new();
        for directory in ["app/src", "server/src", "frontend"] {
            rust_files(&workspace.join(directory), &mut files);
        }
        assert!(files.len() > 100, "{} files", files.len());
        for file in files {
            let is_test = file.ends_with("tests.rs") || file.iter().any(|part| part == "tests");
            if is_test || file.starts_with(workspace.join("app/src/i18n")) {
                continue;
            }
            let source = std::fs::read_to_string(&file).unwrap();
            let code = source.split("#[cfg(test)]\nmod ").next().unwrap();
            for name in ["Language::Nl", "Language::En", "Localised {"] {
                assert!(!code.contains(name), "{}: {name}", file.display());
            }
        }
    }
}
