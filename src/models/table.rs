//! One table of all systems.

use super::{
    System, cnn_rnn, compact, gtzan, mobilenet, musicnn, resnet, rnn, slice_cnn, three_branch, vgg, vit, wide, xception,
};
use crate::nn::{EarlyStop, Plateau, Schedule, Steps};
use crate::shape::Optimiser;
use crate::signal::front_end::{FrontEnd, MelFrontEnd, SoxFrontEnd};

const fn adamw(weight_decay: f32) -> Optimiser {
    Optimiser::AdamW { beta1: 0.9, beta2: 0.999, eps: 1e-8, weight_decay }
}

const ADAM: Optimiser = Optimiser::Adam { beta1: 0.9, beta2: 0.999, eps: 1e-8 };

/// What became of the learning rate in the sources.
const STEPS: Steps = Steps { factor: 0.3, every: 10 };
const PLATEAU: Plateau = Plateau { factor: 0.1, patience: 5, min_rate: 1e-6, min_delta: 1e-4 };
const EARLY_STOP: EarlyStop = EarlyStop { patience: 10, min_delta: 0.0 };

/// Pictures of photographs' networks, as published.
const PHOTOGRAPH: [usize; 3] = [3, 224, 224];

const COMPACT: System = System {
    name: "compact",
    about: "3x3 convolutions with batch norm on mel slices; small and fast",
    source: "this project",
    build: compact::build,
    published: None,
    frozen: &[],
    front_end: || FrontEnd::Mel(MelFrontEnd::compact()),
    optimiser: adamw(1e-2),
    learning_rate: 2e-3,
    schedule: Schedule::Cosine,
    early_stop: None,
    batch: 32,
    epochs: 20,
};

/// A network that was made for photographs, on the slices of `compact`.
const BACKBONE: System = System { published: Some((PHOTOGRAPH, None)), learning_rate: 1e-3, ..COMPACT };

/// Transformers learn slowly from few pictures.
const TRANSFORMER: System =
    System { source: "Dosovitskiy et al. 2021", optimiser: adamw(5e-2), learning_rate: 3e-4, epochs: 40, ..BACKBONE };

const RNN: System = System {
    name: "rnn",
    about: "two recurrent layers of tanh over the columns of mel slices",
    source: "KUBIG 2022",
    build: rnn::build_rnn,
    ..COMPACT
};
const GRU: System = System {
    name: "gru",
    about: "two GRU layers over the columns of mel slices; the RNN of Bae 2020",
    source: "Bae 2020; KUBIG 2022",
    build: rnn::build_gru,
    ..COMPACT
};
const LSTM: System = System {
    name: "lstm",
    about: "two LSTM layers over the columns of mel slices",
    source: "KUBIG 2022",
    build: rnn::build_lstm,
    ..COMPACT
};
const THREE_BRANCH: System = System {
    name: "three-branch",
    about: "windows along frequency and along time on mel bands, and windows on a constant-Q transform, of 29 s",
    source: "IAML team project on FMA-small",
    build: three_branch::build,
    published: Some(([1, 212, 2498], Some(8))),
    front_end: FrontEnd::three_branch,
    optimiser: ADAM,
    learning_rate: 1e-3,
    epochs: 46,
    ..COMPACT
};
const GTZAN_CNN: System = System {
    name: "gtzan-cnn",
    about: "two convolutions and a large dense layer on mel slices of 30 s",
    source: "GTZAN and trot",
    build: gtzan::build,
    published: Some(([3, 250, 420], Some(11))),
    front_end: FrontEnd::gtzan,
    optimiser: ADAM,
    learning_rate: 1e-3,
    batch: 50,
    epochs: 50,
    ..COMPACT
};
const VGG16: System = System {
    name: "vgg16",
    about: "the convolutions of VGG-16 under a small head; they stay as they are where --start brings them",
    source: "Simonyan & Zisserman 2015; GTZAN and trot",
    build: vgg::build,
    frozen: vgg::CONVOLUTIONS,
    ..BACKBONE
};
const RESNET50: System = System {
    name: "resnet50",
    about: "residual units of three convolutions",
    source: "He et al. 2016; KUBIG 2022",
    build: resnet::build,
    ..BACKBONE
};
const XCEPTION: System = System {
    name: "xception",
    about: "separable convolutions with residuals",
    source: "Chollet 2017; KUBIG 2022",
    build: xception::build,
    ..BACKBONE
};
const MOBILENET: System = System {
    name: "mobilenet",
    about: "depthwise separable convolutions; MobileNet version 1",
    source: "Howard et al. 2017; KUBIG 2022",
    build: mobilenet::build,
    ..BACKBONE
};
const VIT_B16: System =
    System { name: "vit-b16", about: "a transformer over patches of 16 x 16", build: vit::build_b16, ..TRANSFORMER };
const VIT_L32: System = System {
    name: "vit-l32",
    about: "a larger transformer over patches of 32 x 32",
    build: vit::build_l32,
    learning_rate: 1e-4,
    ..TRANSFORMER
};

/// A network as the KUBIG paper has it: on mel pictures whose decibels are doubled, 0 dB being the song's largest, with a constant learning rate.
const fn kubig(name: &'static str, system: System) -> System {
    System {
        name,
        about: "the same as its paper has it: on mel pictures whose decibels are doubled",
        front_end: FrontEnd::kubig_paper,
        optimiser: ADAM,
        schedule: Schedule::Constant,
        ..system
    }
}

/// Every system that can be trained from nothing, the default first; what a source did, its mistakes included, has `-paper` behind its name. Recurrent baselines and networks
/// that were made for photographs read the pictures of `compact` and are trained much as it is, so that only the networks differ.
pub const SYSTEMS: &[System] = &[
    COMPACT,
    System {
        name: "slice-cnn",
        about: "the network of Bae & Kim 2019 on SoX slices",
        source: "Bae & Kim 2019",
        build: slice_cnn::build,
        front_end: || FrontEnd::Sox(SoxFrontEnd::at(44_100)),
        optimiser: Optimiser::RmsProp { decay: 0.9, momentum: 0.0, eps: 1e-10 },
        learning_rate: 1e-3,
        schedule: Schedule::Constant,
        batch: 128,
        ..COMPACT
    },
    System {
        name: "wide",
        about: "compact with two to three times the filters and a layer more, and no notion of a song's level above the picture's floor: for a --teacher",
        build: wide::build,
        epochs: 24,
        ..COMPACT
    },
    System {
        name: "cnn-rnn",
        about: "convolutions, then a GRU over time, on mel slices; a baseline",
        source: "Bae 2020",
        build: cnn_rnn::build,
        ..COMPACT
    },
    System {
        name: "compact-binary",
        about: "compact on slices of black and white, as the paper's binary neurons leave them; a baseline",
        build: compact::build_binary,
        ..COMPACT
    },
    System {
        name: "musicnn",
        about: "windows for timbre and rhythm on mel slices of 3 s; `import musicnn` brings trained ones",
        source: "Pons & Serra 2019",
        build: musicnn::build,
        front_end: || FrontEnd::Mel(MelFrontEnd::musicnn()),
        learning_rate: 1e-3,
        ..COMPACT
    },
    THREE_BRANCH,
    System {
        name: "three-branch-paper",
        about: "the same with a learning rate that falls in steps, to 3 tenths every 10 epochs",
        schedule: Schedule::Steps(STEPS),
        ..THREE_BRANCH
    },
    GTZAN_CNN,
    System {
        name: "gtzan-cnn-paper",
        about: "the same as its paper has it: on coloured pictures of cepstra of a logarithm that was taken twice",
        build: gtzan::build_paper,
        front_end: FrontEnd::gtzan_paper,
        schedule: Schedule::Plateau(PLATEAU),
        early_stop: Some(EARLY_STOP),
        ..GTZAN_CNN
    },
    VGG16,
    System {
        name: "vgg16-paper",
        about: "the same on the pictures of gtzan-cnn-paper, without the means of photographs' channels",
        build: vgg::build_paper,
        front_end: FrontEnd::gtzan_paper,
        optimiser: ADAM,
        schedule: Schedule::Plateau(PLATEAU),
        early_stop: Some(EARLY_STOP),
        batch: 50,
        epochs: 50,
        ..VGG16
    },
    RESNET50,
    kubig("resnet50-paper", System { build: resnet::build_paper, ..RESNET50 }),
    XCEPTION,
    kubig("xception-paper", XCEPTION),
    MOBILENET,
    kubig("mobilenet-paper", MOBILENET),
    VIT_B16,
    kubig("vit-b16-paper", VIT_B16),
    VIT_L32,
    kubig("vit-l32-paper", VIT_L32),
    RNN,
    kubig("rnn-paper", RNN),
    LSTM,
    kubig("lstm-paper", LSTM),
    GRU,
    kubig("gru-paper", GRU),
];

/// Networks that are made from others and not offered for training from nothing: [`System::named`] knows them.
pub(super) const MADE: &[System] = &[
    System {
        name: "musicnn-genres",
        about: "both published sets of musicnn, and a head that tells genres from their tags and embeddings",
        source: "Pons & Serra 2019",
        build: musicnn::build_genres,
        front_end: || FrontEnd::Mel(MelFrontEnd::musicnn_genres()),
        ..COMPACT
    },
    System {
        name: "musicnn-head",
        about: "that head alone, on features",
        source: "Pons & Serra 2019",
        build: musicnn::head,
        front_end: || FrontEnd::Mel(MelFrontEnd::musicnn_genres()),
        learning_rate: 1e-3,
        epochs: 30,
        ..COMPACT
    },
];
