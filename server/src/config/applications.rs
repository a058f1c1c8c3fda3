//! `organisation.applications`: names, or tables that also describe what to do in each application after a reset.

use app::api::site::{Application, ApplicationGroup, ApplicationKind};
use app::i18n::{Language, Localised};
use figment::Figment;
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, MapAccess, Visitor};

/// The key of the list.
pub(super) const KEY: &str = "organisation.applications";

/// An entry of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ApplicationEntry {
    /// Only a name.
    Name(String),
    /// With group, link and hint.
    Detailed(Details),
}

/// A table of the list.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Details {
    name: Text,
    group: ApplicationKind,
    #[serde(default)]
    link: String,
    #[serde(default)]
    hint: Text,
}

/// A text, the same in all languages or one for each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Text(Localised);

impl<'de> Deserialize<'de> for ApplicationEntry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EntryVisitor;
        impl<'de> Visitor<'de> for EntryVisitor {
            type Value = ApplicationEntry;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a name, or { name, group, link, hint }")
            }

            fn visit_str<E>(self, name: &str) -> Result<ApplicationEntry, E> {
                Ok(ApplicationEntry::Name(name.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<ApplicationEntry, A::Error> {
                Details::deserialize(MapAccessDeserializer::new(map)).map(ApplicationEntry::Detailed)
            }
        }
        deserializer.deserialize_any(EntryVisitor)
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;
        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Text;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a text, or a table with one in each language")
            }

            fn visit_str<E>(self, text: &str) -> Result<Text, E> {
                Ok(Text(Localised::same(text)))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Text, A::Error> {
                Localised::deserialize(MapAccessDeserializer::new(map)).map(Text)
            }
        }
        deserializer.deserialize_any(TextVisitor)
    }
}

/// The part of the settings that contains this list.
#[derive(Deserialize)]
struct Root {
    organisation: Organisation,
}

#[derive(Deserialize)]
struct Organisation {
    applications: Vec<ApplicationEntry>,
}

/// Returns the entries of the list.
pub(super) fn entries(figment: &Figment) -> Result<Vec<ApplicationEntry>, Box<figment::Error>> {
    // From the root, because figment would otherwise reverse the path in an error.
    figment.extract::<Root>().map(|root| root.organisation.applications).map_err(Box::new)
}

/// Returns the first of the offered languages.
pub(super) fn first_language(figment: &Figment) -> Language {
    let languages: Vec<Language> = figment.extract_inner("organisation.languages").unwrap_or_default();
    languages.first().copied().unwrap_or_default()
}

/// Returns the name of each entry in a language, for the list of names in the API.
pub(super) fn names(entries: &[ApplicationEntry], language: Language) -> Vec<String> {
    entries
        .iter()
        .map(|entry| match entry {
            ApplicationEntry::Name(name) => name.clone(),
            ApplicationEntry::Detailed(details) => details.name.0.in_language(language).to_owned(),
        })
        .collect()
}

/// Groups the entries by where the new password is entered. An entry that is only a name counts as a website. Returns
/// an empty list if all entries are only names.
pub(super) fn groups(entries: &[ApplicationEntry]) -> Vec<ApplicationGroup> {
    if entries.iter().all(|entry| matches!(entry, ApplicationEntry::Name(_))) {
        return Vec::new();
    }
    let to_application = |entry: &ApplicationEntry| match entry {
        ApplicationEntry::Name(name) => {
            (ApplicationKind::Website, Application { name: Localised::same(name), ..Application::default() })
        }
        ApplicationEntry::Detailed(Details { name, group, link, hint }) => {
            (*group, Application { name: name.0.clone(), link: link.clone(), hint: hint.0.clone() })
        }
    };
    let all: Vec<_> = entries.iter().map(to_application).collect();
    [ApplicationKind::Phone, ApplicationKind::Computer, ApplicationKind::Website]
        .into_iter()
        .map(|group| ApplicationGroup {
            group,
            applications: all.iter().filter(|(kind, _)| *kind == group).map(|(_, one)| one.clone()).collect(),
        })
        .filter(|group| !group.applications.is_empty())
        .collect()
}

/// Returns the first invalid entry: its index, the suffix of its key for the field, and the expected value.
pub(super) fn first_invalid(
    entries: &[ApplicationEntry],
    languages: &[Language],
) -> Option<(usize, &'static str, &'static str)> {
    entries.iter().enumerate().find_map(|(index, entry)| {
        let (field, expected) = match entry {
            ApplicationEntry::Name(name) if name.trim().is_empty() => ("", "a name"),
            ApplicationEntry::Name(_) => return None,
            ApplicationEntry::Detailed(Details { name, link, hint, .. }) => {
                if name.0.missing_in(languages).is_some() {
                    (".name", "a name, or one in each language")
                } else if !link.is_empty() && !is_https(link) {
                    (".link", "an address that begins with https://")
                } else if !hint.0.is_empty() && hint.0.missing_in(languages).is_some() {
                    (".hint", "a text in each language, or none")
                } else {
                    return None;
                }
            }
        };
        Some((index, field, expected))
    })
}

fn is_https(link: &str) -> bool {
    url::Url::parse(link).is_ok_and(|url| url.scheme() == "https" && url.has_host())
}
