//! Procedural songs: the same bytes every time, a true table, sound that is sound, and no shortcut to the genre.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
};

use clap::Parser;
use sha2::{Digest, Sha256};
use tunevote::{
    Error,
    cli::synth as command,
    synth::{self, Format, Genre, Recipe, Song, Studio, Truth, master, mix, truth},
};

fn small() -> Recipe {
    Recipe { songs: 6, seed: 11, seconds: 3.0, rate: 8000, artists: 2, ..Recipe::default() }
}

fn make(folder: &Path, recipe: &Recipe, format: Format) -> synth::Outcome {
    synth::compose_folder(folder, recipe, format, false, &AtomicBool::new(false), &|_| ()).unwrap()
}

// All files below a folder with their contents.
fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut waiting = vec![folder.to_path_buf()];
    while let Some(next) = waiting.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else {
                found.insert(path.strip_prefix(folder).unwrap().to_path_buf(), fs::read(&path).unwrap());
            }
        }
    }
    found
}

#[test]
fn the_same_recipe_gives_the_same_bytes_on_any_number_of_threads() {
    let recipe = Recipe { songs: 7, blend: 0.3, label_noise: 0.2, out_of_set: 2, stereo: true, ..small() };
    let all: Vec<_> = [1, 3]
        .into_iter()
        .map(|threads| {
            let folder = tempfile::tempdir().unwrap();
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| make(folder.path(), &recipe, Format::Wav));
            contents(folder.path())
        })
        .collect();
    assert_eq!(all[0].len(), 7 + 2 + 2, "songs, truth.csv and recipe.json");
    assert!(all[0] == all[1], "bytes differ between thread counts");
    let other = Recipe { seed: 12, ..recipe };
    let studio = Studio::new(8000);
    let first = |r: &Recipe| synth::compose(&r.cast().unwrap()[0], &studio);
    assert_ne!(first(&other).samples, first(&small()).samples, "another seed is another song");
}

// One song of each genre, a blend and the kinds outside: if this fails on purpose, raise EDITION and write the new sum here.
#[test]
fn this_edition_has_these_samples() {
    let recipe = Recipe { songs: 8, blend: 0.25, out_of_set: 3, seconds: 4.0, ..small() };
    let studio = Studio::new(recipe.rate);
    let mut sum = Sha256::new();
    for song in recipe.cast().unwrap() {
        for x in synth::compose(&song, &studio).samples {
            sum.update(x.to_le_bytes());
        }
    }
    let hex: String = sum.finalize()[..8].iter().map(|b| format!("{b:02x}")).collect();
    assert_eq!((synth::EDITION, hex.as_str()), (1, "dc1035efabec60c0"));
}

#[test]
fn every_style_of_every_genre_is_sound() {
    let studio = Studio::new(11_025);
    let recipe = Recipe { songs: 1, seconds: 7.0, rate: 11_025, ..small() };
    let template = recipe.cast().unwrap().remove(0);
    for genre in Genre::SIX.into_iter().chain(Genre::OUTSIDE) {
        for (number, style) in genre.styles().iter().enumerate() {
            let song = Song {
                genre,
                style,
                bpm: style.tempo.0 + (style.tempo.1 - style.tempo.0) * 0.3 * number as f32,
                index: number as u64,
                artist: synth::artist::Artist::new(3, genre, number),
                channels: 2,
                ..template.clone()
            };
            let channels = synth::channels(&song, &studio);
            let what = format!("{genre}, {}", style.name);
            assert_eq!(channels.len(), 2);
            let all = || channels.iter().flatten();
            assert!(all().all(|x| x.is_finite()), "{what}: not a number");
            let peak = all().fold(0.0f32, |p, x| p.max(x.abs()));
            assert!((0.1..=master::CEILING + 1e-6).contains(&peak), "{what}: peak {peak}");
            let count = all().count() as f32;
            let mean = all().sum::<f32>() / count;
            assert!(mean.abs() < 1e-3, "{what}: DC {mean}");
            let rms = 10.0 * (all().map(|x| x * x).sum::<f32>() / count).log10();
            assert!((-29.0..-5.0).contains(&rms), "{what}: {rms} dB");
            // within 8 dB of what the artist wants, whatever the crest
            assert!((rms - song.artist.chain.loudness).abs() < 8.0, "{what}: {rms}, {}", song.artist.chain.loudness);
            let silent = channels[0].chunks(11_025).filter(|c| c.iter().all(|x| x.abs() < 1e-4)).count();
            assert!(silent <= 1, "{what}: {silent} silent seconds");
            assert_ne!(channels[0], channels[1], "{what}: stereo is not two times mono");
        }
    }
}

#[test]
fn odd_rates_and_lengths_work() {
    for (rate, seconds) in [(8000, 1.0), (8001, 1.3), (96_000, 1.0), (22_050, 2.0)] {
        let studio = Studio::new(rate);
        for song in (Recipe { rate, seconds, ..small() }).cast().unwrap() {
            let take = synth::compose(&song, &studio);
            assert_eq!(take.samples.len(), song.frames);
            assert!((take.samples.len() as f64 / f64::from(rate) / seconds - 1.0).abs() < 0.151);
            assert!(take.samples.iter().any(|&x| x.unsigned_abs() > 1000), "{} at {rate}: silence", song.genre);
        }
    }
}

#[test]
fn the_table_is_true() {
    let recipe = Recipe { songs: 14, blend: 0.2, label_noise: 0.2, out_of_set: 4, seconds: 1.0, artists: 1, ..small() };
    let folder = tempfile::tempdir().unwrap();
    let outcome = make(folder.path(), &recipe, Format::Wav);
    let rows = truth::read(&folder.path().join(truth::FILE)).unwrap();
    assert_eq!(rows, outcome.truth);
    assert_eq!(rows.len(), 18);
    let header = fs::read_to_string(folder.path().join(truth::FILE)).unwrap();
    let wanted = "path,genre,artist,title,seconds,true_genre,blend_genre,blend_weight,out_of_set";
    assert_eq!(header.lines().next(), Some(wanted));
    let mut paths = BTreeSet::new();
    let mut artists: BTreeMap<&str, &str> = BTreeMap::new();
    for row in &rows {
        assert!(paths.insert(&row.path), "{} twice", row.path);
        let wav = hound::WavReader::open(folder.path().join(&row.path)).unwrap();
        assert_eq!((wav.spec().channels, wav.spec().sample_rate, wav.spec().bits_per_sample), (1, 8000, 16));
        assert!((f64::from(wav.duration()) / 8000.0 - row.seconds).abs() < 1e-6, "{}", row.path);
        let (label, file) = row.path.split_once('/').unwrap();
        assert_eq!(label, row.genre);
        assert!(file.starts_with(&format!("{}-", row.artist)), "{file}");
        let genre = artists.entry(&row.artist).or_insert(&row.true_genre);
        assert_eq!(*genre, row.true_genre, "an artist plays one genre");
    }
    assert_eq!(artists.len(), 9, "one artist a genre");
    let on_disk = contents(folder.path()).into_keys().filter(|p| p.extension().is_some_and(|e| e == "wav")).count();
    assert_eq!(on_disk, 18);
}

#[test]
fn shares_are_exact_and_labels_are_wrong_where_they_should_be() {
    let recipe = Recipe { songs: 100, blend: 0.25, label_noise: 0.13, out_of_set: 7, artists: 3, ..small() };
    let songs = recipe.cast().unwrap();
    let rows: Vec<Truth> = songs.iter().map(|s| s.truth("wav")).collect();
    let six: BTreeSet<&str> = Genre::SIX.iter().map(|g| g.name()).collect();
    let count = |f: &dyn Fn(&Truth) -> bool| rows.iter().filter(|r| f(r)).count();
    assert_eq!(count(&|r| r.genre != r.true_genre), 13);
    assert_eq!(count(&|r| r.blend_genre.is_some()), 25);
    assert_eq!(count(&|r| r.out_of_set), 7);
    for row in &rows {
        assert_eq!(row.blend_genre.is_some(), row.blend_weight.is_some());
        assert_ne!(row.blend_genre.as_ref(), Some(&row.true_genre));
        assert!(row.blend_weight.is_none_or(|w| (0.2..=0.5).contains(&w)), "{:?}", row.blend_weight);
        assert_eq!(six.contains(row.true_genre.as_str()), !row.out_of_set);
        if row.out_of_set {
            assert_eq!((&row.genre, &row.blend_genre), (&row.true_genre, &None));
        } else {
            assert!(six.contains(row.genre.as_str()));
        }
    }
    let kinds: BTreeSet<&str> = rows.iter().filter(|r| r.out_of_set).map(|r| r.true_genre.as_str()).collect();
    assert_eq!(kinds.len(), 3, "{kinds:?}");
    for genre in six {
        let n = count(&|r| r.true_genre == genre);
        assert!((16..=17).contains(&n), "{genre}: {n}");
        let artists: BTreeSet<&str> =
            rows.iter().filter(|r| r.true_genre == genre).map(|r| r.artist.as_str()).collect();
        assert_eq!(artists.len(), 3);
    }
    // a second band keeps the pulse
    for song in &songs {
        let Some(blend) = song.blend else { continue };
        assert!([0.5, 1.0, 2.0].contains(&(blend.bpm / song.bpm)), "{} and {}", song.bpm, blend.bpm);
        let (first, second) = synth::scores(song);
        let second = second.unwrap();
        assert_eq!((first.stage.tonic, first.stage.scale), (second.stage.tonic, second.stage.scale));
        let seconds = |s: &synth::score::Score, i: usize| s.stage.spans[i].beat * 60.0 / s.stage.grid.bpm;
        let last = first.stage.spans.len() - 1;
        assert!((seconds(&first, last) - seconds(&second, last)).abs() < 1e-3, "the harmony drifts");
    }
}

#[test]
fn a_blend_has_the_share_it_says() {
    // two orthogonal waves of very different loudness
    let wave = |cycles: f64, gain: f64| -> Vec<f32> {
        (0..4000).map(|i| (gain * (f64::from(i) * cycles * std::f64::consts::TAU / 4000.0).sin()) as f32).collect()
    };
    let stereo = |y: Vec<f32>| mix::Stereo { left: y.clone(), right: y };
    let (a, b) = (wave(40.0, 0.9), wave(90.0, 0.01));
    for weight in [0.2, 0.35, 0.5] {
        let mixed = mix::blend(stereo(a.clone()), &stereo(b.clone()), weight);
        let energy = |base: &[f32]| {
            let dot: f64 = mixed.left.iter().zip(base).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum();
            dot * dot / base.iter().map(|x| f64::from(*x) * f64::from(*x)).sum::<f64>()
        };
        let share = energy(&b) / (energy(&a) + energy(&b));
        assert!((share - weight).abs() < 1e-4, "{share} instead of {weight}");
    }
    let silence = stereo(vec![0.0; 4000]);
    assert_eq!(mix::blend(stereo(a.clone()), &silence, 0.3).left, a);
}

#[test]
fn a_subset_has_the_same_artists() {
    let all = Recipe { songs: 12, ..small() };
    let some = Recipe { songs: 4, genres: vec![Genre::Jazz, Genre::Rock], ..small() };
    let people = |r: &Recipe, g: Genre| -> BTreeSet<String> {
        r.cast().unwrap().into_iter().filter(|s| s.genre == g).map(|s| s.artist.name).collect()
    };
    assert_eq!(people(&all, Genre::Jazz), people(&some, Genre::Jazz));
    let songs = some.cast().unwrap();
    let genres: Vec<Genre> = songs.iter().map(|s| s.genre).collect();
    assert_eq!(genres, [Genre::Jazz, Genre::Rock, Genre::Jazz, Genre::Rock]);
    // an artist's songs share patches and chain, and two artists do not
    let songs = (Recipe { songs: 24, ..small() }).cast().unwrap();
    let mut chains: BTreeMap<String, String> = BTreeMap::new();
    for song in &songs {
        let own = format!("{:?} {:?}", song.artist.chain, song.artist.patch(synth::style::Voice::Piano));
        assert_eq!(chains.entry(song.artist.name.clone()).or_insert_with(|| own.clone()), &own);
    }
    assert_eq!(chains.values().collect::<BTreeSet<_>>().len(), 12);
}

// The samples of a flac file through symphonia.
fn decode(path: &Path) -> (u32, usize, Vec<i16>) {
    use symphonia::core::{codecs::audio::AudioDecoderOptions, formats::TrackType, io::MediaSourceStream};
    let stream = MediaSourceStream::new(Box::new(fs::File::open(path).unwrap()), Default::default());
    let mut format = symphonia::default::get_probe()
        .probe(&Default::default(), stream, Default::default(), Default::default())
        .unwrap();
    let track = format.default_track(TrackType::Audio).unwrap();
    let parameters = track.codec_params.as_ref().unwrap().audio().unwrap().clone();
    let mut options = AudioDecoderOptions::default();
    options.verify = true;
    let mut decoder = symphonia::default::get_codecs().make_audio_decoder(&parameters, &options).unwrap();
    let mut samples = Vec::new();
    let mut packet_samples: Vec<i16> = Vec::new();
    while let Some(packet) = format.next_packet().unwrap() {
        decoder.decode(&packet).unwrap().copy_to_vec_interleaved(&mut packet_samples);
        samples.extend_from_slice(&packet_samples);
    }
    assert_eq!(decoder.finalize().verify_ok, Some(true), "the stream's own checksum");
    (parameters.sample_rate.unwrap(), parameters.channels.unwrap().count(), samples)
}

#[test]
fn wav_and_flac_hold_the_same_samples() {
    let folder = tempfile::tempdir().unwrap();
    for (stereo, rate) in [(false, 8000), (true, 11_025)] {
        let recipe = Recipe { stereo, rate, ..small() };
        let song = &recipe.cast().unwrap()[2];
        let take = synth::compose(song, &Studio::new(rate));
        let (wav, flac) = (folder.path().join("a.wav"), folder.path().join("a.flac"));
        take.save(&wav, Format::Wav).unwrap();
        take.save(&flac, Format::Flac).unwrap();
        let mut reader = hound::WavReader::open(&wav).unwrap();
        assert_eq!(usize::from(reader.spec().channels), take.channels);
        assert_eq!(reader.samples::<i16>().map(Result::unwrap).collect::<Vec<_>>(), take.samples);
        assert!(decode(&flac) == (rate, take.channels, take.samples), "flac differs, stereo: {stereo}");
        assert!(fs::metadata(&flac).unwrap().len() < fs::metadata(&wav).unwrap().len());
    }
}

#[test]
fn a_stopped_run_goes_on_and_a_foreign_folder_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let recipe = small();
    let stop = AtomicBool::new(false);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let stopping = |_: &Truth| stop.store(true, Ordering::Relaxed);
    let go = |stop: &AtomicBool, done: &(dyn Fn(&Truth) + Sync)| {
        pool.install(|| synth::compose_folder(folder.path(), &recipe, Format::Wav, false, stop, done))
    };
    let first = go(&stop, &stopping).unwrap();
    assert!(first.stopped && first.written == 1 && first.kept == 0, "{first:?}");
    assert!(!folder.path().join(truth::FILE).exists(), "no table before the end");
    let second = go(&AtomicBool::new(false), &|_| ()).unwrap();
    assert_eq!((second.written, second.kept, second.stopped), (5, 1, false));
    let whole = tempfile::tempdir().unwrap();
    make(whole.path(), &recipe, Format::Wav);
    assert!(contents(whole.path()) == contents(folder.path()), "a resumed run differs from a whole one");

    // the same folder, another recipe
    let other = Recipe { seed: 99, ..recipe.clone() };
    let run = |folder: &Path, force| {
        synth::compose_folder(folder, &other, Format::Wav, force, &AtomicBool::new(false), &|_| ())
    };
    let before = contents(folder.path());
    let refused = run(folder.path(), false).unwrap_err();
    assert!(matches!(refused, Error::Argument { .. }) && refused.to_string().contains("--force"), "{refused}");
    assert!(before == contents(folder.path()));
    let foreign = tempfile::tempdir().unwrap();
    fs::write(foreign.path().join("notes.txt"), "mine").unwrap();
    assert!(run(foreign.path(), false).is_err());
    assert_eq!(run(foreign.path(), true).unwrap().written, 6);
    assert_eq!(fs::read_to_string(foreign.path().join("notes.txt")).unwrap(), "mine");
}

#[test]
fn a_failed_write_leaves_no_file() {
    let folder = tempfile::tempdir().unwrap();
    // A folder is in the way of the song's name, which is found out when the song is written already.
    fs::create_dir(folder.path().join("song.wav")).unwrap();
    let song = synth::compose(&small().cast().unwrap()[0], &Studio::new(8000));
    let blocked = song.save(&folder.path().join("song.wav"), Format::Wav);
    assert!(matches!(blocked, Err(Error::Io { .. })), "{blocked:?}");
    assert!(contents(folder.path()).is_empty(), "{:?}", contents(folder.path()).keys());
    let missing = song.save(&folder.path().join("nowhere/song.wav"), Format::Wav).unwrap_err();
    assert!(missing.to_string().contains("nowhere"), "{missing}");
}

#[test]
fn wrong_recipes_are_refused_with_the_range() {
    let wrong = [
        (Recipe { songs: 0, ..small() }, "at least one"),
        (Recipe { seconds: 0.5, ..small() }, "1 to 600"),
        (Recipe { seconds: f64::NAN, ..small() }, "1 to 600"),
        (Recipe { rate: 7999, ..small() }, "8000 to 96000"),
        (Recipe { artists: 65, ..small() }, "1 to 64"),
        (Recipe { blend: 1.1, ..small() }, "0 to 1"),
        (Recipe { label_noise: f64::NAN, ..small() }, "0 to 1"),
        (Recipe { blend: 0.5, genres: vec![Genre::Rock], ..small() }, "two genres"),
        (Recipe { genres: vec![], ..small() }, "at least one"),
        (Recipe { genres: vec![Genre::Rock, Genre::Rock], ..small() }, "once"),
        (Recipe { genres: vec![Genre::Drone], ..small() }, "genre"),
    ];
    for (recipe, words) in wrong {
        let message = recipe.cast().unwrap_err().to_string();
        assert!(message.contains(words), "{message:?} does not say {words:?}");
    }
    assert_eq!((Recipe { songs: 0, out_of_set: 2, ..small() }).cast().unwrap().len(), 2);
    assert_eq!(Genre::parse("HipHop").unwrap(), Genre::HipHop);
    assert!(Genre::parse("polka").unwrap_err().to_string().contains("hip-hop"));
}

#[derive(Parser)]
struct Program {
    #[command(flatten)]
    args: command::Args,
}

#[test]
fn the_command_prints_a_summary_or_json_lines() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("songs");
    let line = |json: bool| {
        let dir = dir.to_str().unwrap();
        let mut words = vec!["synth", dir, "--songs", "2", "--seed", "5", "--seconds", "1", "--rate", "8000"];
        words.extend(["--genres", "jazz,hip-hop", "--format", "flac"]);
        words.extend(json.then_some("--json"));
        Program::try_parse_from(words).unwrap().args
    };
    let mut out = Vec::new();
    let go_on = AtomicBool::new(false);
    assert_eq!(command::run_until(&line(true), &mut out, &go_on).unwrap(), 0);
    let rows: Vec<Truth> = String::from_utf8(out).unwrap().lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(rows, truth::read(&dir.join(truth::FILE)).unwrap());
    assert_eq!(rows.iter().map(|r| r.genre.as_str()).collect::<Vec<_>>(), ["jazz", "hip-hop"]);
    assert!(rows.iter().all(|r| r.path.ends_with(".flac")));
    let mut out = Vec::new();
    assert_eq!(command::run_until(&line(false), &mut out, &go_on).unwrap(), 0);
    let summary = String::from_utf8(out).unwrap();
    assert!(summary.starts_with("2 songs") && summary.contains("0 written, 2 kept"), "{summary}");
    let mut wrong = line(false);
    wrong.genres = vec!["polka".into()];
    let error = command::run_until(&wrong, &mut Vec::new(), &go_on).unwrap_err();
    assert!(error.to_string().contains("polka"), "{error}");
    fs::remove_dir_all(&dir).unwrap();
    let mut out = Vec::new();
    assert_eq!(command::run_until(&line(false), &mut out, &AtomicBool::new(true)).unwrap(), 130);
    assert!(String::from_utf8(out).unwrap().contains("0 of 2"));
}

#[test]
fn every_section_is_played() {
    let recipe = Recipe { songs: 300, seconds: 40.0, out_of_set: 12, ..small() };
    for song in recipe.cast().unwrap() {
        let score = synth::scores(&song).0;
        let grid = score.stage.grid;
        for section in &score.stage.sections {
            let beat = |bar: u32| grid.seconds(f64::from(bar * song.style.beats));
            let (start, end) = (beat(section.bar) - 0.1, beat(section.bar + section.bars));
            let sounding = score.lines.iter().flat_map(|l| &l.events).filter(|e| e.at >= start && e.at < end).count();
            assert!(
                sounding > 0,
                "{}, {}: nothing in bars {}+{}",
                song.genre,
                song.style.name,
                section.bar,
                section.bars
            );
        }
    }
}
