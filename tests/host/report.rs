//! Tables, CSV and the HTML page.

use tunevote::metrics::{Evaluation, Observation, Options, Roc, Sample, Seen, Song};
use tunevote::report::svg::{Anchor, Svg, escape, standalone};
use tunevote::report::{SongCsv, SongTable, evaluation_page, evaluation_text, roc_plot};
use tunevote::vote::{ByLabel, Record, Refined, Status, Thresholds, replay};

const LABELS: [&str; 3] = ["rock", "jazz", "électro-acoustique"];

/// Ten slices, `first` of them rock, the rest jazz.
fn song(path: &str, first: usize) -> Record {
    let row = |class: usize| (0..3).map(move |k| if k == class { 0.8f32 } else { 0.1 });
    let p = (0..10).flat_map(|s| row(usize::from(s >= first))).collect();
    Record::from_slices(path, &LABELS, p, &Thresholds::default(), 25.6, "m").unwrap()
}

#[test]
fn the_table_is_aligned() {
    let mut table = SongTable::new(&LABELS, 0);
    let text: String = [
        song("a.mp3", 10),
        song("dir/é.mp3", 6),
        Record::from_error("b.mp3", "m", "cannot read\nopus"),
        Record { warnings: vec!["half of it\nis gone".into()], ..song("c\x1b[2J.mp3", 2) },
    ]
    .iter()
    .map(|r| table.row(r))
    .collect();
    assert_eq!(
        text,
        "\
genre               share  margin   slices  path
rock                100 %   100 %    10/10  a.mp3
unclassified         60 %    20 %    10/10  dir/é.mp3  (rock leads with only 60 % of the vote, 70 % are needed)
-                       -       -        -  b.mp3  error: cannot read\\nopus
jazz                 80 %    60 %    10/10  c\\u{1b}[2J.mp3  warning: half of it\\nis gone
"
    );
}

#[test]
fn the_table_shows_the_best_classes() {
    let mut table = SongTable::new(&["rock", "jazz"], 2);
    let text: String =
        [song("a.mp3", 8), Record::from_error("b.mp3", "m", "broken")].iter().map(|r| table.row(r)).collect();
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[1].contains("rock                66 %  jazz                24 %  a.mp3"), "{text}");
    let path_at = |line: &str| line.chars().count() - line.chars().rev().position(|c| c == ' ').unwrap();
    assert_eq!(path_at(lines[0]), path_at(lines[1]), "{text}");
    assert!(lines[2].contains("b.mp3  error: broken"));
}

#[test]
fn shares_are_never_rounded_up() {
    let p: Vec<f32> = (0..1000).flat_map(|s| if s < 999 { [0.9, 0.1] } else { [0.1, 0.9] }).collect();
    let record = Record::from_slices("p", &["a", "b"], p, &Thresholds::default(), 1.0, "m").unwrap();
    assert!(SongTable::new(&["a", "b"], 0).row(&record).contains(" 99 % "));
    let exact: Vec<f32> = (0..100).flat_map(|s| if s < 57 { [0.9, 0.1] } else { [0.1, 0.9] }).collect();
    let record = Record::from_slices("p", &["a", "b"], exact, &Thresholds::default(), 1.0, "m").unwrap();
    assert!(SongTable::new(&["a", "b"], 0).row(&record).contains(" 57 % "), "0.57 * 100 is 56.99999999999999");
}

fn refined() -> Refined {
    let scores = ByLabel::new(&LABELS, [Some(0.2), Some(0.7), Some(0.1)]);
    Refined { genre: Some("jazz".into()), share: 0.75, scores, accepted: false, model: "look@0123".into() }
}

/// What a second look says stands behind the reason, and is in the JSON only where somebody looked.
#[test]
fn a_second_look_is_told() {
    let record = Record { refined: Some(refined()), ..song("b.mp3", 6) };
    let row = SongTable::new(&LABELS, 0).row(&record);
    assert!(row.trim_end().ends_with("second look, not clear: jazz 75 %"), "{row}");
    let accepted = Record { refined: Some(Refined { accepted: true, ..refined() }), ..record.clone() };
    assert!(SongTable::new(&LABELS, 0).row(&accepted).contains("  second look: jazz 75 %"));
    let line = record.to_line().unwrap();
    assert!(line.contains(r#""refined":{"genre":"jazz","share":0.75,"scores":{"rock":0.2,"#), "{line}");
    assert!(!song("b.mp3", 6).to_line().unwrap().contains("refined"));
    let back = tunevote::vote::Records::new(line.as_bytes(), "x").next().unwrap().unwrap();
    assert_eq!(back, record);
    // Votes again: a song that has a genre now needs no second look.
    let share = |min_share: f64| Thresholds { min_share, min_confidence: 0.0, min_kept: 1, ..Thresholds::default() };
    assert_eq!(replay(&record, &record.thresholds.unwrap()).unwrap(), record);
    // One that has none still had a second look with other thresholds, and says so.
    let strict = replay(&record, &share(1.0)).unwrap();
    assert_eq!((strict.status, strict.refined), (Status::Unclassified, None));
    assert!(strict.warnings[0].contains("classify it again with --refine"), "{:?}", strict.warnings);
    let eased = replay(&record, &share(0.1)).unwrap();
    assert_eq!((eased.status, eased.refined), (Status::Classified, None));
}

#[test]
fn csv_reads_back() {
    let records = [
        Record::from_error("first, \"broken\"\n.mp3", "m", "no"),
        Record { warnings: vec!["one, two".into(), "three".into()], ..song("a.mp3", 10) },
        Record::from_error("late.mp3", "m", "no"),
        Record { refined: Some(refined()), ..song("b.mp3", 6) },
    ];
    let csv = SongCsv::new(&LABELS);
    let text = csv.heading().unwrap() + &records.iter().map(|r| csv.row(r).unwrap()).collect::<String>();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let heading: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    assert_eq!(
        heading.join(","),
        "path,status,genre,share,margin,kept,total,seconds,model,reason,warnings,error,refined,refined_share,\
         refined_accepted,probability_rock,probability_jazz,\
         probability_électro-acoustique,votes_rock,votes_jazz,votes_électro-acoustique"
    );
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 4);
    for (row, record) in rows.iter().zip(&records) {
        let cell = |name: &str| &row[heading.iter().position(|h| h == name).unwrap()];
        assert_eq!(cell("path"), record.path);
        assert_eq!(cell("genre"), record.genre.as_deref().unwrap_or(""));
        assert_eq!(cell("error"), record.error.as_deref().unwrap_or(""));
        assert_eq!(cell("warnings"), record.warnings.join("; "));
        assert_eq!(cell("share").parse().ok(), record.share);
        assert_eq!(cell("probability_jazz").parse().ok(), record.probabilities.get("jazz").copied().flatten());
        assert_eq!(cell("votes_jazz").parse().ok(), record.votes.get("jazz").copied());
    }
    let looked = |row: usize| {
        ["refined", "refined_share", "refined_accepted"]
            .map(|name| rows[row][heading.iter().position(|h| h == name).unwrap()].to_owned())
    };
    assert_eq!(looked(3), ["jazz", "0.75", "false"]);
    assert_eq!(looked(1), ["", "", ""]);
    assert_eq!((&rows[1][1], &rows[3][1], &rows[0][1]), ("classified", "unclassified", "error"));

    let other = Record::from_slices("x", &["rock"], vec![1.0], &Thresholds::default(), 1.0, "m2").unwrap();
    assert!(csv.row(&other).unwrap_err().to_string().contains("x: the labels are rock"));
    assert_eq!(SongCsv::new(&[""; 0]).heading().unwrap().split(',').count(), 15);
}

#[test]
fn text_is_escaped() {
    assert_eq!(escape("<a href=\"x\">'&\u{1}é</a>"), "&lt;a href=&quot;x&quot;&gt;&#39;&amp;\u{fffd}é&lt;/a&gt;");
    let mut svg = Svg::new(10.0, 5.0);
    svg.rect((1.0, 2.0), (-3.0, f64::NAN), "bar", 0.5, "a < b");
    svg.text((0.123456, 1.0), Anchor::Middle, -90.0, "t", "<&>");
    let text = svg.finish("id", "A & B", "\"said\"");
    assert!(
        text.contains("<rect x=\"1\" y=\"2\" width=\"0\" height=\"0\" class=\"bar\" fill-opacity=\"0.5\">"),
        "{text}"
    );
    assert!(text.contains("<title>a &lt; b</title>") && text.contains(">&lt;&amp;&gt;</text>"), "{text}");
    assert!(text.contains("x=\"0.12\"") && text.contains("rotate(-90 0.12 1)"), "{text}");
    assert!(
        text.contains("aria-labelledby=\"id-t id-d\"") && text.contains("<desc id=\"id-d\">&quot;said&quot;</desc>")
    );
}

fn page(songs: &[(usize, Option<usize>)]) -> String {
    let songs: Vec<Song> = songs
        .iter()
        .enumerate()
        .map(|(i, &(first, truth))| {
            let path = format!("dir/{i} <script>alert(1)</script> & \"co\".mp3");
            Song { record: song(&path, first), truth, artist: None }
        })
        .chain([Song { record: Record::from_error("e", "m<b>", "<i>no</i>"), truth: Some(0), artist: None }])
        .collect();
    let e = Evaluation::new(&songs, &LABELS.map(String::from), &Thresholds::default(), &Options::default()).unwrap();
    evaluation_page(&e)
}

/// Checks that tags are closed in order; returns how many elements there are.
pub fn check_nesting(html: &str) -> usize {
    let (mut open, mut elements) = (Vec::new(), 0);
    let body = &html[html.find("<body>").unwrap()..];
    for part in body.split('<').skip(1) {
        let (tag, _) = part.split_once('>').expect("a tag ends");
        assert!(!part.split_once('>').unwrap().1.contains('>'), "unescaped: {part}");
        if let Some(name) = tag.strip_prefix('/') {
            if name != "html" {
                assert_eq!(open.pop(), Some(name.to_owned()), "in {part}");
            }
        } else if !tag.ends_with('/') {
            open.push(tag.split([' ', '\n']).next().unwrap().to_owned());
            elements += 1;
        }
    }
    assert!(open.is_empty(), "{open:?}");
    elements
}

#[test]
fn the_page_stands_alone() {
    let html = page(&[(10, Some(0)), (2, Some(1)), (9, Some(1)), (6, Some(0)), (10, None)]);
    assert!(check_nesting(&html) > 200);
    for foreign in ["http:", "https:", "<script", "<link", "<img", "url(", "@import", "NaN", "inf\"", "onload"] {
        assert!(!html.contains(foreign), "{foreign}");
    }
    assert!(html.contains("default-src 'none'") && html.contains("prefers-color-scheme: dark"));
    let svgs = html.matches("<svg ").count();
    assert_eq!(svgs, 7);
    assert_eq!(html.matches("role=\"img\"").count(), svgs);
    let ids: Vec<&str> = html.split(" id=\"").skip(1).map(|s| s.split('"').next().unwrap()).collect();
    let unique: std::collections::HashSet<&&str> = ids.iter().collect();
    assert_eq!((ids.len(), unique.len()), (14, 14), "{ids:?}");
    for text in [
        "&lt;script&gt;",
        "&lt;i&gt;no&lt;/i&gt;",
        "Wrong songs (1)",
        "Unclassified songs (1)",
        "that were classified (1)",
    ] {
        assert!(html.contains(text), "{text}");
    }
    // T2 of the four songs: one unclassified, one wrong.
    assert!(
        html.contains(
            "<td>T2: unclassified or wrong</td><td class=\"number\">50.0 %</td><td class=\"number\">2 / 4</td>"
        )
    );
    assert!(html.contains("Fewer than 100 songs") && html.contains("The artist of 4 songs is not known"));
    assert_eq!(html, page(&[(10, Some(0)), (2, Some(1)), (9, Some(1)), (6, Some(0)), (10, None)]), "the same bytes");
}

/// Four songs whose probabilities of rock, jazz and nothing else are given.
fn curves(songs: &[(usize, f64)]) -> Roc {
    let names: Vec<String> = (0..songs.len()).map(|i| i.to_string()).collect();
    let sample = Sample::new(names.iter().map(|song| Observation { song, artist: None, seed: 0 }));
    let rows: Vec<[f64; 3]> = songs.iter().map(|&(_, p)| [p, 1.0 - p, 0.0]).collect();
    let songs: Vec<(usize, &[f64])> =
        songs.iter().zip(&rows).map(|((truth, _), row)| (*truth, row.as_slice())).collect();
    Roc::new(&LABELS.map(String::from), &sample, &songs, None, &Options::default()).unwrap()
}

#[test]
fn curves_are_drawn() {
    let roc = curves(&[(0, 0.9), (1, 0.6), (0, 0.4), (1, 0.2)]);
    let plot = roc_plot("roc", &roc);
    // From (0, 0) up half, right half, up, right: the corners on 420 x 420 pixels at (68, 12).
    assert!(plot.contains("<polyline points=\"68,432 68,222 278,222 278,12 488,12\" class=\"roc c0\"/>"), "{plot}");
    assert_eq!(plot.matches("<polyline").count(), 4, "two labels, macro and micro");
    // The threshold .9 finds half of them without a mistake.
    assert!(plot.contains("cx=\"68\" cy=\"222\""), "{plot}");
    assert!(
        plot.contains("rock: sensitivity 50.0 %, specificity 100.0 %") && plot.contains("Youden’s J of these songs")
    );
    assert!(plot.contains("Area under the curve: macro 0.750, micro ") && plot.contains("électro-acoustique: -"));
    let alone = standalone(&plot);
    assert!(
        alone.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"812\" height=\"486\" viewBox"),
        "{alone}"
    );
    assert!(
        !alone.contains("var(") && !alone.contains("@media") && alone.contains(".roc.c0 { stroke: #0b62a8; }"),
        "{alone}"
    );
    assert_eq!(alone.matches("<svg").count(), 1);
    // Without any song of a label there is nothing to draw of it, but a line that says so.
    let single = roc_plot("roc", &curves(&[(1, 0.3), (1, 0.4)]));
    assert_eq!(single.matches("<polyline").count(), 1, "micro alone");
    assert!(single.contains("macro -, micro 1.000") && !single.contains("NaN"), "{single}");
}

#[test]
fn an_evaluation_as_text() {
    let songs: Vec<Song> = [(10, 0), (10, 0), (2, 1), (9, 1), (6, 0), (2, 2)]
        .into_iter()
        .zip(["w", "x", "x", "y", "z", "z"])
        .map(|((first, truth), artist)| Song {
            record: song("p", first),
            truth: (truth < 2).then_some(truth),
            artist: Some(artist.into()),
        })
        .chain([Song { record: Record::from_error("e", "m", "no"), truth: Some(0), artist: None }])
        .collect();
    let measure = |options| Evaluation::new(&songs, &LABELS.map(String::from), &Thresholds::default(), &options);
    let e = measure(Options::default()).unwrap();
    let text = evaluation_text(&e);
    let interval = |low: f64, high: f64| format!("[{:.1}, {:.1}]", 100.0 * low, 100.0 * high);
    let t1 = e.readings.t1.estimate.by_artist.unwrap();
    for line in [
        "5 songs, 4 known artists, 1 unreadable          95 % interval (bootstrap over artists)\n".to_owned(),
        "slices that vote                              100.0 %  [51.0, 100.0]  (50 of 50)\n".to_owned(),
        format!("T1  songs unclassified                         20.0 %  {}  (1 of 5)\n", interval(t1.low, t1.high)),
        "songs of other genres that were classified    100.0 %  [20.7, 100.0] Wilson  (1 of 1)\n".to_owned(),
        "always answering rock                          40.0 % wrong\n".to_owned(),
        format!("AURC  area under risk and coverage             {:.4}  [", e.aurc.value.unwrap()),
        format!("  if right as often as it says, on average     {:.4}\n", e.song_calibration.by_chance.unwrap()),
        format!("ECE of slices                                  {:.4}\n", e.slice_calibration.ece.unwrap()),
        "
truth \\ answer      rock  jazz  électro-acoustique  unclassified
rock                   2     0                   0             1
jazz                   1     1                   0             0
électro-acoustique     0     0                   0             0
"
        .to_owned(),
    ] {
        assert!(text.contains(&line), "{line}{text}");
    }
    let plain = evaluation_text(&measure(Options { replicates: 0, ..Options::default() }).unwrap());
    assert!(
        plain.contains("bootstrap over songs") && plain.contains("20.0 %  [3.6, 62.4] Wilson  (1 of 5)"),
        "{plain}"
    );
}

#[test]
fn the_page_warns_of_songs_that_the_model_has_met() {
    let songs = [Song { record: song("p", 10), truth: Some(0), artist: None }];
    let mut e =
        Evaluation::new(&songs, &LABELS.map(String::from), &Thresholds::default(), &Options::default()).unwrap();
    for (seen, warned) in
        [(None, false), (Some(Seen::default()), false), (Some(Seen { training: 7, validation: 2 }), true)]
    {
        e.seen = seen;
        let page = evaluation_page(&e);
        assert_eq!(page.contains("of these songs were in the model&#39;s training"), warned, "{seen:?}");
        assert_eq!(
            page.contains("7 of these songs were in the model&#39;s training and 2 chose its thresholds"),
            warned
        );
    }
}

#[test]
fn extreme_pages_are_well_formed() {
    // One song; all right; all wrong; more than fit a list unfolded.
    for songs in [vec![(10, Some(0))], vec![(10, Some(0)); 120], vec![(10, Some(2)); 40], vec![(5, Some(0)); 3]] {
        let html = page(&songs);
        check_nesting(&html);
        assert!(!html.contains("NaN") && !html.contains("inf "), "{songs:?}");
        assert_eq!(html.contains("<details>"), songs.len() == 40);
    }
}
