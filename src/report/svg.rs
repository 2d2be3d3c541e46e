//! A little SVG: shapes with classes, so that one style sheet colours all plots in light and dark.

use std::fmt::Write;

/// Where a text stands relative to its point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// It starts at the point.
    Start,
    /// It is centred on the point.
    Middle,
    /// It ends at the point.
    End,
}

/// A picture under construction. Coordinates are pixels, y down.
pub struct Svg {
    width: f64,
    height: f64,
    body: String,
}

impl Svg {
    /// An empty picture of this size.
    pub fn new(width: f64, height: f64) -> Self {
        Self { width, height, body: String::new() }
    }

    /// A rectangle from its top left corner `at` and its `size` (width, height). `tip` is shown by browsers when the pointer
    /// rests on it.
    pub fn rect(&mut self, at: (f64, f64), size: (f64, f64), class: &str, opacity: f64, tip: &str) {
        let (x, y, width, height) = (n(at.0), n(at.1), n(size.0.max(0.0)), n(size.1.max(0.0)));
        let opacity = if opacity < 1.0 { format!(" fill-opacity=\"{}\"", n(opacity)) } else { String::new() };
        let tip = tooltip(tip);
        self.push(format_args!(
            "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" class=\"{class}\"{opacity}>{tip}</rect>"
        ));
    }

    /// A straight line.
    pub fn line(&mut self, from: (f64, f64), to: (f64, f64), class: &str) {
        let (x1, y1, x2, y2) = (n(from.0), n(from.1), n(to.0), n(to.1));
        self.push(format_args!("<line x1=\"{x1}\" y1=\"{y1}\" x2=\"{x2}\" y2=\"{y2}\" class=\"{class}\"/>"));
    }

    /// A line through points.
    pub fn polyline(&mut self, points: impl IntoIterator<Item = (f64, f64)>, class: &str) {
        let points: Vec<String> = points.into_iter().map(|(x, y)| format!("{},{}", n(x), n(y))).collect();
        self.push(format_args!("<polyline points=\"{}\" class=\"{class}\"/>", points.join(" ")));
    }

    /// A dot.
    pub fn dot(&mut self, at: (f64, f64), radius: f64, class: &str, tip: &str) {
        let (x, y, r, tip) = (n(at.0), n(at.1), n(radius), tooltip(tip));
        self.push(format_args!("<circle cx=\"{x}\" cy=\"{y}\" r=\"{r}\" class=\"{class}\">{tip}</circle>"));
    }

    /// A text, turned by `turn` degrees clockwise about its point.
    pub fn text(&mut self, at: (f64, f64), anchor: Anchor, turn: f64, class: &str, text: &str) {
        let (x, y) = (n(at.0), n(at.1));
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let turn = if turn == 0.0 { String::new() } else { format!(" transform=\"rotate({} {x} {y})\"", n(turn)) };
        let text = escape(text);
        self.push(format_args!(
            "<text x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\" class=\"{class}\"{turn}>{text}</text>"
        ));
    }

    /// The picture as an `<svg>` element. `id` is unique on the page; `title` and `description` are for readers who cannot
    /// see it.
    pub fn finish(self, id: &str, title: &str, description: &str) -> String {
        let (w, h, id) = (n(self.width), n(self.height), escape(id));
        format!(
            "<svg viewBox=\"0 0 {w} {h}\" style=\"max-width:{w}px\" role=\"img\" aria-labelledby=\"{id}-t {id}-d\">\n\
             <title id=\"{id}-t\">{}</title>\n<desc id=\"{id}-d\">{}</desc>\n{}</svg>\n",
            escape(title),
            escape(description),
            self.body
        )
    }

    /// A ground behind all that follows, for a picture that stands alone.
    pub fn back(&mut self) {
        self.rect((0.0, 0.0), (self.width, self.height), "back", 1.0, "");
    }

    /// The picture as a file of its own, in the light colours of the pages.
    pub fn alone(self, id: &str, title: &str, description: &str) -> String {
        let (w, h) = (n(self.width), n(self.height));
        let head = format!("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{w}\" height=\"{h}\"");
        let picture = self.finish(id, title, description).replacen("<svg", &head, 1);
        let at = picture.find('\n').map_or(0, |at| at + 1);
        format!("{}<style>\n{}</style>\n{}", &picture[..at], style(), &picture[at..])
    }

    fn push(&mut self, element: std::fmt::Arguments) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.body, "{element}");
    }
}

/// The pages' rules for what is inside pictures, with the colours themselves: not every program that shows SVG knows variables.
fn style() -> String {
    let sheet = include_str!("style.css");
    let light = sheet.split_once('}').map_or("", |(light, _)| light);
    let colours: Vec<_> = light.split([';', '{']).filter_map(|rule| rule.trim().split_once(": ")).collect();
    let inside = |line: &&str| {
        (line.starts_with("svg ") || line.starts_with('.'))
            && ["fill", "stroke", "font"].iter().any(|word| line.contains(word))
    };
    let mut rules: String = sheet.lines().filter(inside).map(|line| format!("{line}\n")).collect();
    for (name, colour) in colours {
        rules = rules.replace(&format!("var({name})"), colour);
    }
    rules
}

/// A coordinate with at most two decimals. What is not finite becomes 0: an attribute has to be a number.
fn n(value: f64) -> String {
    let rounded = if value.is_finite() { (value * 100.0).round() / 100.0 + 0.0 } else { 0.0 };
    rounded.to_string()
}

fn tooltip(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("<title>{}</title>", escape(text)) }
}

/// Text for HTML and SVG, inside elements and quoted attributes. Control characters, which XML forbids, become U+FFFD.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}
