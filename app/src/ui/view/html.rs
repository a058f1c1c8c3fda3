//! Writing a view as HTML, as it stands at this moment. What happens at events is the browser's.

use super::{Element, Trait, View};

impl View {
    /// The HTML.
    pub fn to_html(self) -> String {
        let mut html = String::new();
        self.write(&mut html);
        html
    }

    fn write(self, html: &mut String) {
        match self {
            Self::Text(text) => escape(&text, html),
            Self::Many(parts) => {
                for part in parts {
                    part.write(html);
                }
            }
            Self::Live(mut draw) => draw().write(html),
            Self::Element(element) => element.write(html),
        }
    }
}

impl Element {
    fn write(self, html: &mut String) {
        let Self { tag, traits, children } = self;
        html.push('<');
        html.push_str(tag);
        let mut inside = String::new();
        for known in traits {
            match known {
                Trait::Fixed(name, value) => attribute(name, &value, html),
                Trait::Live(name, mut value) => {
                    if let Some(value) = value() {
                        attribute(name, &value, html);
                    }
                }
                // What somebody typed is never in the HTML.
                Trait::Value(_) | Trait::On(..) => {}
                Trait::Markup(markup) => inside.push_str(&markup),
            }
        }
        html.push('>');
        // Those without an inside, of all that are used here.
        if ["input", "img"].contains(&tag) {
            return;
        }
        html.push_str(&inside);
        for child in children {
            child.write(html);
        }
        html.push_str("</");
        html.push_str(tag);
        html.push('>');
    }
}

fn attribute(name: &str, value: &str, html: &mut String) {
    html.push(' ');
    html.push_str(name);
    html.push_str("=\"");
    escape(value, html);
    html.push('"');
}

fn escape(text: &str, html: &mut String) {
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            c => html.push(c),
        }
    }
}
