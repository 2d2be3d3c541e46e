//! The paper's table on a handful of songs: every network and every control from songs to rows, stopped and gone on with.

use std::path::Path;

use tunevote::data::{Cache, Dataset, Song};
use tunevote::gan;
use tunevote::metrics::Options;
use tunevote::models::gan::Binary;
use tunevote::signal::front_end::{FrontEnd, MelFrontEnd};
use tunevote::study::{Event, Gan, Method, Outcome, Seed, Side, StudyPlan, Table, run};
use tunevote::train::{Gathered, Songs, gather};

use crate::harness::engines;
use crate::training::gather::song;

fn plan() -> StudyPlan {
    StudyPlan {
        seeds: 1,
        epochs: [1; 3],
        gan_steps: [2, 2],
        rows: 2,
        critic_steps: 1,
        binary: Binary::Off,
        outside: vec!["z".into()],
    }
}

/// Songs of these labels, one of each of so many artists.
fn dataset(folder: &Path, labels: &[&str], artists: u32) -> Dataset {
    let of = |label: usize, artist: u32| {
        let name = format!("{}{artist}.wav", labels[label]);
        Song { label, artist: Some(name.clone()), ..song(folder, &name, 6 + artist % 3) }
    };
    let songs = (0..labels.len()).flat_map(|label| (0..artists).map(move |artist| (label, artist)));
    Dataset {
        songs: songs.map(|(label, artist)| of(label, artist)).collect(),
        labels: labels.iter().map(|&label| label.into()).collect(),
        warnings: Vec::new(),
    }
}

/// The seeds, or none if `stop` ended it.
fn go(known: Songs<'_>, outside: Songs<'_>, out: &Path, stop: &dyn Fn(&Event) -> bool) -> Option<Vec<Seed>> {
    match run(&engines()[0], &plan(), known, outside, out, &mut |event| !stop(&event)).unwrap() {
        Outcome::Finished(seeds) => Some(seeds),
        Outcome::Interrupted => None,
        other @ Outcome::Diverged(_) => panic!("{other:?}"),
    }
}

#[test]
fn a_study_that_was_stopped_ends_as_one_that_was_not() {
    let folder = tempfile::tempdir().unwrap();
    let [known, outside] =
        [(&["a", "b"][..], 5), (&["z"], 2)].map(|(labels, count)| dataset(folder.path(), labels, count));
    let cache = Cache::new(folder.path().join("cache")).unwrap();
    let front_end = FrontEnd::Mel(MelFrontEnd::compact());
    let pictures = |songs: &Dataset| -> Gathered {
        gather(&engines()[0], songs, &front_end, &cache, &|_| {}, &|| false).unwrap().unwrap()
    };
    let of = [pictures(&known), pictures(&outside)];
    let known = Songs { dataset: &known, gathered: &of[0] };
    let outside = Songs { dataset: &outside, gathered: &of[1] };

    let whole = folder.path().join("whole");
    let seeds = go(known, outside, &whole, &|_| false).unwrap();
    let songs = &seeds[0].songs;
    let count = |side| songs.iter().filter(|song| song.side == side).count();
    assert_eq!((count(Side::Validation) + count(Side::Test) < 10, count(Side::Outside)), (true, 2));
    // Evidence is asked for where it calibrates or decides.
    assert!(songs.iter().filter(|song| song.side == Side::Validation).all(|song| song.look.is_some()));
    let slices: Vec<_> = songs.iter().map(|song| song.slices.len() / 2).collect();
    for (song, slices) in songs.iter().zip(slices) {
        let Some(look) = &song.look else { continue };
        let lengths = [look.analysis.len(), look.transfer.len(), look.random.len(), look.purified.len() / 2];
        assert_eq!(lengths, [slices; 4], "{}", song.path);
        assert_eq!((look.network.len() / 2, look.shifted.len() / 2), (slices, 2 * slices), "{}", song.path);
        assert!(look.transfer.iter().zip(&look.random).any(|(a, b)| a.distances != b.distances), "{}", song.path);
    }
    let table =
        Table::new(&plan(), &known.dataset.labels, &seeds, Options { replicates: 50, ..Options::default() }).unwrap();
    assert_eq!(table.songs, [count(Side::Test), 2]);
    assert!([Method::Cnn, Method::Voting].iter().all(|method| table.rows.iter().any(|row| row.method == *method)));

    // While a network learns, in the middle of a GAN, between two, and while songs are asked about.
    let stops: [&dyn Fn(&Event) -> bool; 4] = [
        &|event| matches!(event, Event::Network { name: "gru", .. }),
        &|event| matches!(event, Event::Gan { which: Gan::Transfer, event, .. } if matches!(&**event, gan::Event::Step { phase: (3, _), .. })),
        &|event| matches!(event, Event::Gan { which: Gan::Purifier, event, .. } if matches!(&**event, gan::Event::Phase(report, _) if report.phase == 0)),
        &|event| matches!(event, Event::Judged { songs: (3, _), .. }),
    ];
    let parts = folder.path().join("parts");
    for (k, stop) in stops.into_iter().enumerate() {
        assert!(go(known, outside, &parts, stop).is_none(), "stop {k}");
        assert!(!parts.join("seed1/judged.json").exists());
    }
    assert!(go(known, outside, &parts, &|_| false).is_some());
    let read = |folder: &Path| std::fs::read(folder.join("seed1/judged.json")).unwrap();
    assert!(read(&whole) == read(&parts), "the study that was stopped ends elsewhere");

    // What is saved is taken for no other study, and not if it is damaged.
    let refused =
        |folder: &Path| run(&engines()[0], &plan(), known, outside, folder, &mut |_| true).unwrap_err().to_string();
    let judged = parts.join("seed1/judged.json");
    let changed = |change: &dyn Fn(&mut serde_json::Value)| {
        let mut saved = serde_json::from_slice(&read(&whole)).unwrap();
        change(&mut saved);
        std::fs::write(&judged, saved.to_string()).unwrap();
        refused(&parts)
    };
    let problem = changed(&|saved| saved["study"] = "another".into());
    assert!(problem.contains("judged.json: is of another study; remove it"), "{problem}");
    let problem = changed(&|saved| saved["songs"][0]["rnn"] = serde_json::json!([0.5]));
    assert!(problem.contains("do not belong together"), "{problem}");
    std::fs::remove_file(parts.join("study.json")).unwrap();
    let problem = refused(&parts);
    assert!(problem.contains("study.json does not say which"), "{problem}");
}
