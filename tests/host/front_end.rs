//! Front ends as a model's card stores them.

use serde_json::{Value, json};
use tunevote::signal::front_end::{
    DbReference, FeatureFrontEnd, FrontEnd, MelFrontEnd, Padding, SliceGeometry, SoxFrontEnd,
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
    let (parent, field) = path.rsplit_once('/').unwrap();
    card.pointer_mut(parent).unwrap()[field] = value;
    FrontEnd::from_json(&card.to_string()).map_err(|error| error.to_string())
}

#[test]
fn what_this_build_cannot_honour_is_refused_by_name() {
    let [sox, mel] = fronts();
    let musicnn = FrontEnd::Mel(MelFrontEnd::musicnn());
    let cases: [(&FrontEnd, &str, Value, &str); 36] = [
        (&sox, "/kind", json!("cqt"), "cqt"),
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
