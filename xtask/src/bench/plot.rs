//! CPU seconds against instructions, as SVG: both axes logarithmic, so that a straight line of slope one is a linear cost.

use std::fmt::Write as _;

/// One app.
#[derive(Clone, Debug)]
pub struct Point {
    /// Its package.
    pub label: String,
    /// Where it comes from; each group has its colour.
    pub group: String,
    /// Instructions of its code.
    pub instructions: u64,
    /// CPU seconds that following its data cost.
    pub cpu: f64,
}

/// An app this many times dearer than is usual for its size is an outlier …
const DEAR: f64 = 10.0;
/// … if it costs at least so many CPU seconds.
const WORTH: f64 = 0.5;
/// Instructions below which the cost of starting hides the rest.
const LARGE: u64 = 20_000;

const WIDTH: f64 = 960.0;
const HEIGHT: f64 = 600.0;
const LEFT: f64 = 70.0;
const RIGHT: f64 = 20.0;
const TOP: f64 = 20.0;
const BOTTOM: f64 = 50.0;
const COLOURS: &[&str] = &["#8a8a8a", "#c0392b", "#1f5f99", "#2e8b57", "#8e44ad", "#b8860b"];

/// What is usual: a cost of starting, and seconds per instruction.
fn usual(points: &[Point]) -> (f64, f64) {
    let floor = points.iter().map(|point| point.cpu).fold(f64::INFINITY, f64::min);
    let floor = if floor.is_finite() { floor } else { 0.0 };
    let mut slopes: Vec<f64> = (points.iter())
        .filter(|point| point.instructions >= LARGE)
        .map(|point| (point.cpu - floor) / point.instructions as f64)
        .collect();
    slopes.sort_by(f64::total_cmp);
    (floor, slopes.get(slopes.len() / 2).copied().unwrap_or(0.0))
}

/// The dear ones, dearest for their size first, with how many times the usual they cost.
#[must_use]
pub fn outliers(points: &[Point]) -> Vec<(&Point, f64)> {
    let (floor, slope) = usual(points);
    let mut dear: Vec<(&Point, f64)> = (points.iter())
        .map(|point| (point, point.cpu / (floor + slope * point.instructions as f64).max(1e-9)))
        .filter(|(point, times)| *times >= DEAR && point.cpu >= WORTH)
        .collect();
    dear.sort_by(|(a, x), (b, y)| y.total_cmp(x).then_with(|| a.label.cmp(&b.label)));
    dear
}

/// Axes that hold every point: decades.
struct Frame {
    x: (f64, f64),
    y: (f64, f64),
}

impl Frame {
    fn of(points: &[Point]) -> Frame {
        let decades = |values: Vec<f64>| {
            let low = values.iter().copied().fold(f64::INFINITY, f64::min).max(1e-3).log10().floor();
            let high = values.iter().copied().fold(1e-3, f64::max).log10().ceil();
            if low.is_finite() && low < high { (low, high) } else { (0.0, 1.0) }
        };
        Frame {
            x: decades(points.iter().map(|point| point.instructions as f64).collect()),
            y: decades(points.iter().map(|point| point.cpu).collect()),
        }
    }

    fn at(&self, instructions: f64, cpu: f64) -> (f64, f64) {
        let share = |value: f64, (low, high): (f64, f64)| (value.max(1e-9).log10() - low) / (high - low);
        (
            LEFT + share(instructions, self.x) * (WIDTH - LEFT - RIGHT),
            HEIGHT - BOTTOM - share(cpu, self.y) * (HEIGHT - TOP - BOTTOM),
        )
    }
}

/// The drawing.
#[must_use]
pub fn draw(points: &[Point]) -> String {
    let frame = Frame::of(points);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <title>CPU seconds against instructions</title>\n<rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"white\"/>\n"
    );
    axes(&mut svg, &frame);
    let (floor, slope) = usual(points);
    let mut line = String::new();
    let steps = 60;
    for step in 0..=steps {
        let exponent = frame.x.0 + (frame.x.1 - frame.x.0) * f64::from(step) / f64::from(steps);
        let instructions = 10f64.powf(exponent);
        let (x, y) = frame.at(instructions, floor + slope * instructions);
        let _ = write!(line, "{x:.1},{y:.1} ");
    }
    let _ = writeln!(
        svg,
        "<polyline points=\"{}\" fill=\"none\" stroke=\"#444\" stroke-dasharray=\"4 4\"/>",
        line.trim_end()
    );
    let mut groups: Vec<&str> = Vec::new();
    for point in points {
        let number = groups.iter().position(|group| *group == point.group).unwrap_or_else(|| {
            groups.push(&point.group);
            groups.len() - 1
        });
        let (x, y) = frame.at(point.instructions as f64, point.cpu);
        let _ = writeln!(
            svg,
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\" fill=\"{}\" fill-opacity=\"0.7\"><title>{}</title></circle>",
            colour(number),
            escaped(&point.label)
        );
    }
    for (number, (point, _)) in outliers(points).into_iter().enumerate() {
        let (x, y) = frame.at(point.instructions as f64, point.cpu);
        // Neighbours would lie on each other: every other name stands below.
        let y = if number % 2 == 0 { y - 6.0 } else { y + 14.0 };
        let _ = writeln!(
            svg,
            "<text x=\"{:.1}\" y=\"{y:.1}\" text-anchor=\"end\" font-size=\"10\">{}</text>",
            x - 5.0,
            escaped(&point.label)
        );
    }
    for (number, group) in groups.iter().enumerate() {
        let y = TOP + 18.0 + 18.0 * number as f64;
        let _ = writeln!(
            svg,
            "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"4\" fill=\"{}\"/><text x=\"{:.1}\" y=\"{y:.1}\">{}</text>",
            LEFT + 16.0,
            y - 4.0,
            colour(number),
            LEFT + 26.0,
            escaped(group)
        );
    }
    let y = TOP + 18.0 + 18.0 * groups.len() as f64;
    let _ = writeln!(
        svg,
        "<text x=\"{:.1}\" y=\"{y:.1}\">dashed: {floor:.3} s to start, then {:.2} s for a million instructions (median)</text>",
        LEFT + 12.0,
        slope * 1e6
    );
    svg.push_str("</svg>\n");
    svg
}

fn colour(number: usize) -> &'static str {
    COLOURS.get(number % COLOURS.len()).copied().unwrap_or("black")
}

fn axes(svg: &mut String, frame: &Frame) {
    let (bottom, right) = (HEIGHT - BOTTOM, WIDTH - RIGHT);
    for exponent in frame.x.0 as i32..=frame.x.1 as i32 {
        let (x, _) = frame.at(10f64.powi(exponent), 1.0);
        let _ = writeln!(
            svg,
            "<line x1=\"{x:.1}\" y1=\"{TOP}\" x2=\"{x:.1}\" y2=\"{bottom}\" stroke=\"#ddd\"/>\
             <text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">10<tspan dy=\"-5\" font-size=\"9\">{exponent}</tspan></text>",
            bottom + 18.0
        );
    }
    for exponent in frame.y.0 as i32..=frame.y.1 as i32 {
        let (_, y) = frame.at(1.0, 10f64.powi(exponent));
        let _ = writeln!(
            svg,
            "<line x1=\"{LEFT}\" y1=\"{y:.1}\" x2=\"{right}\" y2=\"{y:.1}\" stroke=\"#ddd\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            LEFT - 6.0,
            y + 4.0,
            10f64.powi(exponent)
        );
    }
    let _ = writeln!(
        svg,
        "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">instructions</text>\
         <text x=\"16\" y=\"{:.1}\" text-anchor=\"middle\" transform=\"rotate(-90 16 {:.1})\">CPU seconds</text>",
        f64::midpoint(LEFT, right),
        HEIGHT - 12.0,
        HEIGHT / 2.0,
        HEIGHT / 2.0
    );
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(label: &str, instructions: u64, cpu: f64) -> Point {
        Point { label: label.to_owned(), group: "g".to_owned(), instructions, cpu }
    }

    #[test]
    fn what_costs_more_than_its_size_tells_is_an_outlier() {
        let mut points: Vec<Point> =
            (1u32..20).map(|n| point("usual", u64::from(n) * 100_000, f64::from(n) * 0.1 + 0.01)).collect();
        points.push(point("dear", 100_000, 5.0));
        points.push(point("tiny", 10, 0.2));
        let found: Vec<&str> = outliers(&points).iter().map(|(point, _)| point.label.as_str()).collect();
        assert_eq!(found, ["dear"]);
        let svg = draw(&points);
        assert!(svg.contains(">dear</text>") && !svg.contains("NaN") && !svg.contains("inf"), "{svg}");
    }

    #[test]
    fn nothing_can_be_drawn() {
        assert!(draw(&[]).ends_with("</svg>\n"));
        assert!(draw(&[point("<a>", 1, 0.0)]).contains("&lt;a&gt;"));
    }
}
