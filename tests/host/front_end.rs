//! Front ends as a model's card stores them.

use serde_json::{Value, json};
use tunevote::signal::front_end::{
    CqtFrontEnd, DbReference, FeatureFrontEnd, Fill, FrontEnd, MelFrontEnd, MfccFrontEnd, Padding, Short,
    SliceGeometry, SoxFrontEnd,
};

use crate::reference::fft::{Pad, stft};

fn fronts() -> [FrontEnd; 2] {
    [FrontEnd::Sox(SoxFrontEnd::at(44_100)), FrontEnd::Mel(MelFrontEnd::compact())]
}

#[test]
fn defaults_are_honoured_and_survive_a_card() {
    for front_end in fronts() {
        front_end.check().unwrap();
        assert_eq!(FrontEnd::from_json(&front_end.to_json()).unwrap(), front_end);
        assert!(!front_end.needs_whole_song());
        let slices = front_end.slices();
        assert_eq!((slices.width, slices.height, slices.hop), (128, 128, 128));
        // A slice is 2.56 s.
        let samples = 128 * front_end.samples_per_column().unwrap();
        assert_eq!(100 * samples, 256 * u64::from(front_end.rate()));
    }
    let card: Value = serde_json::from_str(&fronts()[0].to_json()).unwrap();
    let expected = json!({
        "kind": "sox", "rate": 44100, "n_fft": 256, "columns_per_second": 50, "range_db": 120.0, "brightest": 250,
        "normalisation": {"subtract": -4.0, "divide": 255.0},
        "slices": {"width": 128, "height": 128, "first_row": 1, "hop": 128},
    });
    assert_eq!(card, expected);
    let card: Value = serde_json::from_str(&fronts()[1].to_json()).unwrap();
    let expected = json!({
        "kind": "mel", "rate": 22050, "n_fft": 1024, "hop": 441, "n_mels": 128, "fmin": 30.0, "fmax": 11025.0,
        "scale": "slaney", "norm": "slaney", "power": 2, "pad": "zero",
        "to_db": {"amin": 1e-8, "top_db": null, "reference": {"value": 1.0}},
        "normalisation": {"subtract": -20.0, "divide": 20.0},
        "slices": {"width": 128, "height": 128, "first_row": 0, "hop": 128},
    });
    assert_eq!(card, expected);
}

/// Replaces one field, named by its path, and reads the card.
fn with(front_end: &FrontEnd, path: &str, value: Value) -> Result<FrontEnd, String> {
    let mut card: Value = serde_json::from_str(&front_end.to_json()).unwrap();
    if let Some(old) = card.pointer_mut(path) {
        *old = value;
    } else {
        let (parent, field) = path.rsplit_once('/').unwrap();
        card.pointer_mut(parent).unwrap()[field] = value;
    }
    FrontEnd::from_json(&card.to_string()).map_err(|error| error.to_string())
}

#[test]
fn what_this_build_cannot_honour_is_refused_by_name() {
    let [sox, mel] = fronts();
    let musicnn = FrontEnd::Mel(MelFrontEnd::musicnn());
    let cases: [(&FrontEnd, &str, Value, &str); 36] = [
        (&sox, "/kind", json!("wavelet"), "wavelet"),
        (&sox, "/n_fft", json!(512), "n_fft is 512,"),
        (&sox, "/columns_per_second", json!(100), "columns_per_second is 100,"),
        (&sox, "/range_db", json!(90.0), "range_db is 90,"),
        (&sox, "/brightest", json!(255), "brightest is 255,"),
        (&sox, "/normalisation/subtract", json!(0.0), "sox: normalisation is (v - 0) / 255"),
        (&sox, "/rate", json!(500), "sample rate of 500 Hz"),
        (&sox, "/slices/height", json!(129), "slices.first_row + height is 130,"),
        (&sox, "/slices/width", json!(0), "slices.width is 0,"),
        (&sox, "/dither", json!(true), "`dither`"),
        (&mel, "/kind", json!("sox"), "unknown field `fmax`"),
        (&mel, "/rate", json!(3_999), "rate is 3999,"),
        (&mel, "/n_fft", json!(1000), "n_fft is 1000,"),
        (&mel, "/n_fft", json!(8192), "n_fft is 8192,"),
        (&mel, "/hop", json!(0), "hop is 0,"),
        (&mel, "/n_mels", json!(0), "n_mels is 0,"),
        (&mel, "/n_mels", json!(1025), "n_mels is 1025,"),
        (&mel, "/fmin", json!(-1.0), "from -1 to 11025 Hz"),
        (&mel, "/fmax", json!(11_026.0), "from 30 to 11026 Hz"),
        (&mel, "/scale", json!("bark"), "bark"),
        (&mel, "/norm", json!("peak"), "peak"),
        (&mel, "/power", json!(3), "power is 3,"),
        (&mel, "/pad", json!("edge"), "edge"),
        (&mel, "/to_db/amin", json!(0.0), "to_db.amin is 0,"),
        (&mel, "/to_db/amin", json!(1e-39), "to_db.amin is 0.000"),
        (&mel, "/to_db/top_db", json!(-80.0), "to_db.top_db is -80,"),
        (&mel, "/to_db/reference", json!("median"), "median"),
        (&mel, "/to_db/reference", json!({"value": 0.0}), "to_db.reference is 0,"),
        (&musicnn, "/to_db/floor", json!("round"), "round"),
        (&musicnn, "/to_db/top_db", json!(80.0), "to_db.floor is add,"),
        (&musicnn, "/to_db/reference", json!("max"), "to_db.floor is add,"),
        (&mel, "/normalisation/divide", json!(0.0), "normalisation.divide is 0,"),
        (&mel, "/slices/first_row", json!(1), "slices.first_row + height is 129,"),
        (&mel, "/slices/hop", json!(0), "slices.hop is 0,"),
        (&mel, "/slices/overlap", json!(2), "`overlap`"),
        (&mel, "/window", json!("hamming"), "`window`"),
    ];
    for (front_end, path, value, named) in cases {
        let error = with(front_end, path, value.clone()).expect_err(&format!("{path} = {value} was taken"));
        assert!(error.starts_with("front end: ") || path == "/rate" || path.starts_with("/fm"), "{error}");
        assert!(error.contains(named), "{path} = {value}: {error}");
    }
    for text in ["", "{}", "[]", r#"{"kind":"mel"}"#, "{\"kind\":\"sox\",\"rate\":44100}"] {
        assert!(FrontEnd::from_json(text).is_err(), "{text}");
    }
}

#[test]
fn other_models_bring_their_own_numbers() {
    let [sox, mel] = fronts();
    assert_eq!(with(&sox, "/rate", json!(22_050)).unwrap().rate(), 22_050);
    assert_eq!(with(&sox, "/slices/hop", json!(64)).unwrap().slices().hop, 64);
    assert!(with(&mel, "/to_db/top_db", json!(80.0)).unwrap().needs_whole_song());
    let FrontEnd::Mel(loudest) = with(&mel, "/to_db/reference", json!("max")).unwrap() else { unreachable!() };
    assert_eq!(loudest.to_db.reference, DbReference::Max);
    assert!(FrontEnd::Mel(loudest).needs_whole_song());
    // A network's features: a column for each of its slices.
    let features = FrontEnd::Features(FeatureFrontEnd::new("digest".into(), mel.clone(), 500));
    assert_eq!(FrontEnd::from_json(&features.to_json()).unwrap(), features);
    assert_eq!((features.rate(), features.rows(), features.samples_per_column().unwrap()), (22_050, 500, 128 * 441));
    for total in [0, 56_000, 56_448, 200_000] {
        let slices = mel.slices().count(mel.columns(total).unwrap());
        assert_eq!(features.columns(total).unwrap(), slices, "{total} samples");
        assert_eq!(features.slices().count(slices), slices);
    }
    let nested = FrontEnd::Features(FeatureFrontEnd::new("digest".into(), features.clone(), 500));
    assert!(FrontEnd::from_json(&nested.to_json()).unwrap_err().to_string().contains("picture is features"));
    let musicnn = FrontEnd::Mel(MelFrontEnd::musicnn());
    assert!(musicnn.to_json().contains(r#""floor":"add""#) && !musicnn.needs_whole_song());
    assert_eq!(FrontEnd::from_json(&musicnn.to_json()).unwrap(), musicnn);
    with(&mel, "/scale", json!("htk")).unwrap();
    with(&mel, "/norm", json!("none")).unwrap();
    with(&mel, "/power", json!(1)).unwrap();
}

#[test]
fn slices_are_counted() {
    let side_by_side = SliceGeometry { width: 128, height: 128, first_row: 1, hop: 128 };
    for (columns, count) in [(0, 0), (127, 0), (128, 1), (255, 1), (256, 2), (100_000, 781)] {
        assert_eq!(side_by_side.count(columns), count, "{columns}");
        assert_eq!(side_by_side.count(columns), columns / 128, "{columns}");
    }
    let overlapping = SliceGeometry { hop: 32, ..side_by_side };
    for (columns, count) in [(127, 0), (128, 1), (159, 1), (160, 2), (256, 5)] {
        assert_eq!(overlapping.count(columns), count, "{columns}");
    }
}

#[test]
fn mel_frames_settle_while_a_song_streams() {
    for (pad, naive) in [(Padding::Zero, Pad::Zero), (Padding::Reflect, Pad::Reflect), (Padding::None, Pad::None)] {
        let front_end = MelFrontEnd { n_fft: 32, hop: 10, pad, ..MelFrontEnd::compact() };
        let song: Vec<f64> = (0..211).map(|i| f64::from(i).sqrt().sin()).collect();
        // Not Hann, whose zero at the first point would hide a sample.
        let window = [1.0; 32];
        assert_eq!(front_end.columns(0), 0);
        for total in [1usize, 9, 10, 31, 32, 33, 100, 211] {
            let frames = stft(&song[..total], &window, 10, naive);
            assert_eq!(front_end.columns(total as u64), frames.len() as u64, "{pad:?} {total}");
        }
        // Whatever follows, settled frames stay, and the next one does not.
        for seen in 1..120usize {
            let settled = front_end.settled_columns(seen as u64) as usize;
            let first = front_end.first_sample(settled as u64);
            assert_eq!(first, 10 * settled as i64 - if pad == Padding::None { 0 } else { 16 });
            let mut other = song.clone();
            other[seen..].iter_mut().for_each(|sample| *sample += 1.0);
            let (a, b) = (stft(&song, &window, 10, naive), stft(&other, &window, 10, naive));
            assert!((0..settled).all(|frame| a[frame] == b[frame]), "{pad:?} {seen}");
            assert_ne!(a[settled], b[settled], "{pad:?}: frame {settled} was settled at {seen}");
        }
    }
}

/// Kinds that are made of bands, and of the systems that have them.
fn made() -> [FrontEnd; 6] {
    [
        FrontEnd::Cqt(CqtFrontEnd::seven_octaves(22_050)),
        FrontEnd::Mfcc(MfccFrontEnd::librosa(22_050)),
        FrontEnd::three_branch(),
        FrontEnd::gtzan(),
        FrontEnd::gtzan_paper(),
        FrontEnd::kubig_paper(),
    ]
}

#[test]
fn systems_have_their_papers_numbers() {
    for front_end in made() {
        front_end.check().unwrap();
        assert_eq!(FrontEnd::from_json(&front_end.to_json()).unwrap(), front_end);
        assert_eq!(front_end.samples_per_column().unwrap(), 512);
        assert_eq!(front_end.slices().height, front_end.rows());
        assert!(front_end.lowest_first());
    }
    let [cqt, mfcc, three_branch, gtzan, gtzan_paper, kubig_paper] = made();
    assert_eq!((cqt.rows(), mfcc.rows(), three_branch.rows(), gtzan.rows()), (84, 20, 212, 128));
    assert_eq!([&cqt, &mfcc, &three_branch].map(FrontEnd::kind), ["cqt", "mfcc", "stack"]);
    let expected = json!({
        "kind": "cqt", "rate": 22050, "hop": 512, "fmin": 32.703, "bins": 84, "bins_per_octave": 12, "pad": "zero",
        "to_db": {"amin": 1e-4, "top_db": null, "reference": {"value": 1.0}},
        "normalisation": {"subtract": 0.0, "divide": 1.0},
        "slices": {"width": 128, "height": 84, "first_row": 0, "hop": 128},
    });
    assert_eq!(serde_json::from_str::<Value>(&cqt.to_json()).unwrap(), expected);
    // 29.0 s of 44.1 kHz, 30 s of 22.05 kHz, 3 s.
    let size = |front_end: &FrontEnd| (front_end.rate(), front_end.slices().size());
    assert_eq!(size(&three_branch), (44_100, [212, 2498]));
    assert_eq!((size(&gtzan), size(&gtzan_paper)), ((22_050, [128, 1290]), (22_050, [128, 1290])));
    assert_eq!(size(&kubig_paper), (22_050, [128, 128]));
    // Those of papers cannot be streamed.
    let whole = made().map(|front_end| front_end.needs_whole_song());
    assert_eq!(whole, [false, false, false, false, true, true]);
    let card: Value = serde_json::from_str(&gtzan_paper.to_json()).unwrap();
    assert_eq!(card["short"], json!({"fill": 0.0}));
    let card: Value = serde_json::from_str(&gtzan.to_json()).unwrap();
    assert_eq!(card["short"], json!({"fill": "floor"}));
    let card: Value = serde_json::from_str(&kubig_paper.to_json()).unwrap();
    assert_eq!((&card["to_db"]["doubled"], &card["short"]), (&json!(true), &Value::Null));
}

#[test]
fn other_kinds_refuse_what_they_cannot_honour() {
    let [cqt, mfcc, stack, gtzan, ..] = made();
    let other = json!(serde_json::from_str::<Value>(&fronts()[1].to_json()).unwrap());
    let cases: [(&FrontEnd, &str, Value, &str); 27] = [
        (&cqt, "/rate", json!(3_999), "cqt: rate is 3999,"),
        (&cqt, "/hop", json!(63), "cqt: hop is 63,"),
        (&cqt, "/bins", json!(0), "cqt: bins is 0,"),
        (&cqt, "/bins", json!(102), "above half of 22050 Hz"),
        (&cqt, "/bins_per_octave", json!(97), "bins_per_octave is 97,"),
        (&cqt, "/fmin", json!(1.0), "samples long"),
        (&cqt, "/pad", json!("none"), "cqt: pad is none,"),
        (&cqt, "/to_db/amin", json!(0.0), "cqt: to_db.amin is 0,"),
        (&cqt, "/normalisation/divide", json!(0.0), "cqt: normalisation.divide is 0,"),
        (&cqt, "/slices/height", json!(85), "cqt: slices.first_row + height is 85,"),
        (&cqt, "/n_fft", json!(2048), "`n_fft`"),
        (&cqt, "/short", json!({"fill": "ceiling"}), "this build does not know it"),
        (&cqt, "/short", json!({"with": 0.0}), "`with`"),
        (&mfcc, "/n_mfcc", json!(0), "mfcc: n_mfcc is 0,"),
        (&mfcc, "/n_mfcc", json!(129), "n_mfcc is 129, and this build honours 1 to 128, the bands"),
        (&mfcc, "/mel/n_fft", json!(1000), "mel: n_fft is 1000,"),
        (&mfcc, "/mel/slices/height", json!(21), "mfcc: slices.first_row + height is 21,"),
        (&mfcc, "/lifter", json!(0), "`lifter`"),
        (&stack, "/parts", json!([]), "stack: parts is a list of 0,"),
        (&stack, "/parts/1", other.clone(), "stack: parts[1].slices is SliceGeometry"),
        (&stack, "/parts/1/rate", json!(48_000), "stack: parts[1] is (48000, 512, Zero) (rate, hop, pad),"),
        (&stack, "/parts/1/hop", json!(256), "stack: parts[1] is (44100, 256, Zero)"),
        (&stack, "/parts/0/pad", json!("none"), "stack: parts[0].pad is none,"),
        (&stack, "/parts/1/short", Value::Null, "stack: parts[1].short is not there,"),
        (&stack, "/parts/1/kind", json!("mfcc"), "this build does not know it"),
        (&stack, "/slices/width", json!(2497), "stack: parts[0].slices is SliceGeometry { width: 2498"),
        (&gtzan, "/to_db/doubled", json!(2.0), "this build does not know it"),
    ];
    for (front_end, path, value, named) in cases {
        let error = with(front_end, path, value.clone()).expect_err(&format!("{path} = {value} was taken"));
        assert!(error.contains(named), "{path} = {value}: {error}");
    }
    let nested = json!({"kind": "stack", "parts": [serde_json::from_str::<Value>(&mfcc.to_json()).unwrap()],
        "slices": {"width": 128, "height": 20, "first_row": 0, "hop": 128}});
    let error = FrontEnd::from_json(&nested.to_string()).unwrap_err().to_string();
    assert!(error.contains("stack: parts[0].kind is mfcc, and this build honours mel and cqt"), "{error}");
    assert!(with(&gtzan, "/short", json!({"fill": -12.5})).is_ok());
}

#[test]
fn short_songs_have_a_slice_and_empty_ones_none() {
    let [_, _, stack, gtzan, ..] = made();
    for front_end in [stack, gtzan] {
        let width = u64::from(front_end.slices().width);
        for (total, own) in
            [(0, 0), (1, 1), (511, 1), (512, 2), (512 * (width - 2), width - 1), (512 * width, width + 1)]
        {
            assert_eq!(front_end.painted_columns(total).unwrap(), own, "{total}");
            let columns = front_end.columns(total).unwrap();
            assert_eq!(columns, if own == 0 { 0 } else { own.max(width) }, "{total}");
            assert_eq!(front_end.slices().count(columns), u64::from(total > 0));
            // What is settled while a song streams is heard.
            assert!(front_end.settled_columns(total).unwrap() <= own);
        }
        // Twice as wide, parts and all.
        let wide = front_end.in_a_row(2);
        assert_eq!((wide.slices().width, wide.columns(1).unwrap()), (2 * width as u32, 2 * width));
        if let FrontEnd::Stack(stack) = &wide {
            assert!(stack.parts.iter().all(|part| part.slices().width == 2 * width as u32));
        }
    }
    // A song without a frame stays one.
    let short = Some(Short { fill: Fill::Floor });
    let mel = MelFrontEnd { pad: Padding::None, short, ..MelFrontEnd::compact() };
    assert_eq!([1023, 1024].map(|total| mel.columns(total)), [0, 128]);
}
