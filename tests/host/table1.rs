//! The study's table from songs whose answers are known beforehand.

use tunevote::data::{Dataset, Song};
use tunevote::metrics::Options;
use tunevote::refine::Evidence;
use tunevote::report::{StudyPicture, study_csv, study_page, study_text};
use tunevote::study::{Judged, Look, Method, Seed, Side, StudyPlan, Table, Witness, answers, splits};
use tunevote::vote::Thresholds;

const SLICES: usize = 4;

fn labels() -> Vec<String> {
    vec!["a".into(), "b".into()]
}

/// Four slices, `first` of them for label `a`.
fn slices(first: usize) -> Vec<f32> {
    (0..SLICES).flat_map(|k| if k < first { [0.9, 0.1] } else { [0.1, 0.9] }).collect()
}

/// A song of `truth` whose vote is `first` of four for `a`; reading A says `seen`, reading B the opposite.
fn song(name: &str, side: Side, truth: usize, first: usize, seen: usize) -> Judged {
    let evidence = |of: usize| -> Vec<Evidence> {
        let near = |genre: usize| if genre == of { 0.1 } else { 0.3 };
        let log = |genre: usize| if genre == of { -0.1 } else { -2.0 };
        let one = Evidence { distances: vec![near(0), near(1)], renderings: vec![log(0), log(1)] };
        vec![one; SLICES]
    };
    let classified = first == 0 || first == SLICES;
    let look = Look {
        analysis: evidence(seen),
        transfer: evidence(1 - seen),
        random: evidence(0),
        // The second network says what reading A does.
        network: slices(if seen == 0 { SLICES } else { 0 }),
        purified: slices(if seen == 0 { SLICES } else { 0 }),
        shifted: [slices(first), slices(first)].concat(),
    };
    Judged {
        path: name.into(),
        artist: Some(format!("of {name}")),
        truth: (side != Side::Outside).then_some(truth),
        side,
        slices: slices(first),
        rnn: vec![0.2, 0.8],
        cnn_rnn: vec![0.8, 0.2],
        look: (side == Side::Validation || !classified).then_some(look),
    }
}

/// Twelve validation songs on which reading A is right, and eight test songs: three classified (one of them wrong), five not.
fn songs() -> Vec<Judged> {
    let mut all: Vec<_> = (0..12).map(|k| song(&format!("v{k}"), Side::Validation, k % 2, 2, k % 2)).collect();
    for (k, (truth, first, seen)) in
        [(0, 4, 0), (1, 0, 1), (1, 4, 1), (0, 2, 0), (1, 2, 1), (0, 2, 0), (1, 2, 1), (1, 2, 0)].into_iter().enumerate()
    {
        all.push(song(&format!("t{k}"), Side::Test, truth, first, seen));
    }
    // A validation song that the vote classifies.
    all.push(song("v12", Side::Validation, 0, SLICES, 0));
    all.push(song("o0", Side::Outside, 0, 4, 0));
    all.push(song("o1", Side::Outside, 0, 2, 1));
    all
}

fn thresholds() -> Thresholds {
    Thresholds { min_kept: 1, ..Thresholds::default() }
}

#[test]
fn second_looks_answer_what_the_vote_leaves_open() {
    let (songs, labels) = (songs(), labels());
    let given = |method| {
        let answers = answers(method, &songs, &labels, &thresholds()).unwrap();
        let of = |k: usize| (answers.test[k].given, answers.test[k].wrong);
        ((0..8).map(of).collect::<Vec<_>>(), answers.outside)
    };
    let (right, wrong) = ((true, false), (true, true));
    // t2 is `b` and all its slices say `a`: no second look may change that.
    let (voting, outside) = given(Method::Voting);
    assert_eq!(voting[..3], [right, right, wrong]);
    assert!(voting[3..].iter().all(|(given, _)| !given));
    assert_eq!(outside, [true, false]);
    // Reading A is right but for the last one.
    let (analysis, outside) = given(Method::Analysis);
    assert_eq!(analysis, [right, right, wrong, right, right, right, right, wrong]);
    assert_eq!(outside, [true, true]);
    // Reading B always says the opposite; calibrated on songs where that is wrong, it counts for nothing and all stays open.
    let (transfer, _) = given(Method::Transfer);
    assert_eq!(transfer[..3], voting[..3]);
    assert!(transfer[3..].iter().all(|(given, _)| !given), "{transfer:?}");
    // The purifier's mean: .9 and .9, or .5 and .5 with .1: as reading A says.
    assert_eq!(given(Method::Purifier).0, analysis);
    // And so is a second network's word.
    assert_eq!(given(Method::Network).0, analysis);
    // Shifted slices are as divided as the others.
    assert!(given(Method::Shifted).0[3..].iter().all(|(given, _)| !given));
    // One slice in the middle: the third says `b` where two say `a`.
    let (cnn, outside) = given(Method::Cnn);
    assert_eq!(cnn, [right, right, wrong, wrong, right, wrong, right, right]);
    assert_eq!(outside, [true, true]);
    assert!(
        given(Method::Rnn)
            .0
            .iter()
            .zip(&songs[12..])
            .all(|((given, wrong), song)| { *given && *wrong == (song.truth != Some(1)) })
    );
}

fn seeds() -> [Seed; 2] {
    [1, 2].map(|seed| Seed {
        seed,
        study: String::new(),
        device: "a < device".into(),
        thresholds: thresholds(),
        songs: songs(),
    })
}

fn table_of(seeds: &[Seed]) -> Table {
    let options = Options { replicates: 400, ..Options::default() };
    Table::new(&StudyPlan::quick(vec!["x".into()]), &labels(), seeds, options).unwrap()
}

fn table() -> Table {
    table_of(&seeds())
}

#[test]
fn rows_and_comparisons_by_hand() {
    let table = table();
    assert_eq!(table.songs, [8, 2]);
    let row = |method| table.rows.iter().find(|row| row.method == method).unwrap();
    let counts = |method| {
        let r = &row(method).standing.readings;
        [r.t1.count, r.t2.count, r.t3.count, r.wrong.count]
    };
    // Two seeds of eight songs: U, U + W, wrong when forced, W.
    assert_eq!(counts(Method::Voting)[..2], [10, 12]);
    assert_eq!(counts(Method::Voting)[3], 2);
    assert_eq!(counts(Method::Analysis), [0, 4, 4, 4]);
    assert_eq!(counts(Method::Cnn), [0, 6, 6, 6]);
    assert_eq!(row(Method::Analysis).outside.as_ref().unwrap().count, 4);
    assert_eq!(row(Method::Voting).outside.as_ref().unwrap().count, 2);
    // At full coverage reading A errs in 2 of 8, voting in what its forced answers of open songs give.
    let of = |method, baseline| {
        table.comparisons.iter().find(|one| one.method == method && one.baseline == baseline).unwrap()
    };
    let one = of(Method::Analysis, Method::Voting);
    assert_eq!(one.risk.method, Some(0.25));
    assert!(one.risk.difference.unwrap() < 0.0 && one.aurc.difference.unwrap() < 0.0);
    // Reading B leaves every song as voting does: at equal coverage there is no difference.
    let none = of(Method::Transfer, Method::Voting);
    assert_eq!((none.risk.method, none.risk.difference, none.gain), (Some(1.0 / 3.0), Some(0.0), [false; 2]));
    // The purifier knows as much here: no gain over that control, so none at all.
    let other = of(Method::Analysis, Method::Purifier);
    assert_eq!((other.risk.difference, other.gain), (Some(0.0), [false; 2]));
    assert!(table.gains.is_empty());
    assert_eq!(table.comparisons.len(), 4 * 6);
    // A second network is no control: what it knows takes no gain away.
    assert!(!Method::Network.is_control() && Method::Network.is_compared());
    let curve = table.curves.iter().find(|curve| curve.method == Method::Analysis).unwrap();
    assert_eq!(curve.points.last().unwrap(), &[1.0, 0.25]);
    // One of the three songs that the vote classified is wrong, and they rank alike.
    assert!(
        curve
            .points
            .iter()
            .filter(|[coverage, _]| *coverage <= 0.375)
            .all(|[_, risk]| (risk - 1.0 / 3.0).abs() < 1e-12)
    );
}

/// Over two seeds, 2 x 48 slices of validation songs and 2 x 20 of open test songs.
#[test]
fn evidence_is_counted_by_itself() {
    let table = table();
    let of = |witness| table.evidence.iter().find(|one| one.witness == witness).unwrap();
    let counts = |witness| {
        let one = of(witness);
        [one.classified, one.validation, one.open, one.open_where_cnn_is_wrong].map(|all| (all.right, all.slices))
    };
    // Half of every divided song's slices.
    assert_eq!(counts(Witness::Cnn), [(8, 8), (48, 96), (20, 40), (0, 20)]);
    // Right but for the last of the five.
    assert_eq!(counts(Witness::AnalysisNear), [(8, 8), (96, 96), (32, 40), (16, 20)]);
    assert_eq!(counts(Witness::AnalysisRenderings), counts(Witness::AnalysisNear));
    assert_eq!(counts(Witness::Network), counts(Witness::AnalysisNear));
    assert_eq!(counts(Witness::TransferNear), [(0, 8), (0, 96), (8, 40), (4, 20)]);
    assert_eq!(of(Witness::Cnn).validation.share(), Some(0.5));
    assert_eq!(of(Witness::Cnn).classified.share(), Some(1.0));
    // That everything is nearer to one genre's renderings is no evidence for it.
    let mut near = seeds();
    for look in near.iter_mut().flat_map(|seed| &mut seed.songs).filter_map(|song| song.look.as_mut()) {
        look.analysis.iter_mut().chain(&mut look.transfer).for_each(|one| one.distances[1] *= 0.1);
    }
    assert_eq!(table_of(&near).evidence, table.evidence);
}

#[test]
fn the_report_says_what_the_table_does() {
    let table = table();
    let text = study_text(&table);
    assert!(text.lines().any(|line| line.starts_with("voting  ") && line.contains("62.5 %")), "{text}");
    assert!(text.contains("No benefit"));
    let csv = study_csv(&table).unwrap();
    assert_eq!(csv.lines().count(), 1 + 13);
    assert!(csv.lines().all(|line| line.split(',').count() == 22), "{csv}");
    assert!(csv.contains("voting + GAN A,0,"), "{csv}");
    let picture = StudyPicture { caption: "a < b".into(), base64: "QUJD".into() };
    let page = study_page(&table, &[picture]);
    assert!(page.contains("No benefit") && page.contains("data:image/png;base64,QUJD") && page.contains("a &lt; b"));
    assert!(page.contains(
        "<td>A: nearest rendering</td><td class=\"number\">100.0 % of 8</td><td class=\"number\">100.0 % of 96</td><td class=\"number\">80.0 % of 40</td>"
    ));
    assert!(page.contains("Songs of one artist are on one side only.") && page.contains("on a &lt; device.</p>"));
    let other = study_page(&Table { without_artist: 2, ..table.clone() }, &[]);
    assert!(other.contains("The artists of 2 songs are not known"));
    assert!(page.contains("Fewer than 100 test songs") && !page.contains("NaN"));
    assert_eq!(page.matches("<svg").count(), page.matches("</svg>").count());
    let json = serde_json::to_string(&table).unwrap();
    assert_eq!(serde_json::from_str::<Table>(&json).unwrap(), table);
}

fn dataset(artists: &[usize]) -> Dataset {
    let song = |label: usize, artist: usize| Song {
        path: format!("{label}/{artist}.wav").into(),
        label,
        artist: Some(format!("{label} {artist}")),
        ..Song::default()
    };
    let songs =
        artists.iter().enumerate().flat_map(|(label, &count)| (0..count).map(move |artist| song(label, artist)));
    let labels = (0..artists.len()).map(|label| format!("genre {label}")).collect();
    Dataset { songs: songs.collect(), labels, warnings: Vec::new() }
}

/// Before hours of training: what every seed needs is there, or the genre is named.
#[test]
fn too_few_songs_are_told_before_the_training() {
    let plan = StudyPlan { seeds: 3, ..StudyPlan::quick(Vec::new()) };
    let (all, warnings) = splits(&plan, &dataset(&[4, 4])).unwrap();
    assert_eq!((all.len(), warnings), (3, Vec::new()));
    assert!(all[0] != all[1] || all[1] != all[2]);
    let (_, warnings) = splits(&plan, &dataset(&[4, 2])).unwrap();
    assert_eq!(warnings, ["seed 1: genre 1 has no songs for validation: it has too few artists"]);
    let problem = splits(&plan, &dataset(&[1, 1])).unwrap_err().to_string();
    assert!(
        problem.contains("seed 1 leaves no songs of any genre for thresholds, nor of any genre for the numbers")
            && problem.contains("three artists a genre"),
        "{problem}"
    );
}
