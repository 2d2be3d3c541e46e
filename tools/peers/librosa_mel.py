#!/usr/bin/env python3
"""Times librosa and torchaudio at the log-mel spectrogram of clips of 30 seconds, on the CPU in f32.

22,050 Hz, 2,048 points, hop 512, 128 bands of Slaney's, zeros around the clip, decibels with a floor 80 below the loudest.
`seconds` is a call's: divide it by the first number of `shape`, the clips of a call.
"""

import importlib.metadata
import sys

import numpy
from rows import CORES, Peer

RATE, SECONDS, N_FFT, HOP, BANDS = 22_050, 30, 2048, 512, 128


def row(peer, clips, call):
    peer.row("log_mel", "x".join(map(str, clips.shape)), call)


def with_librosa(clip):
    import librosa

    def call():
        mel = librosa.feature.melspectrogram(
            y=clip, sr=RATE, n_fft=N_FFT, hop_length=HOP, n_mels=BANDS, pad_mode="constant"
        )
        return librosa.power_to_db(mel)

    row(Peer("librosa", librosa.__version__), clip[None], call)
    return call()


def with_torchaudio(clips):
    import torch

    # torchaudio refuses a PyTorch made for another CUDA, also where nothing runs on a GPU.
    torch.version.cuda = None
    import torchaudio

    torch.set_num_threads(CORES)
    mel = torchaudio.transforms.MelSpectrogram(
        RATE, N_FFT, hop_length=HOP, n_mels=BANDS, norm="slaney", mel_scale="slaney", pad_mode="constant"
    )
    decibels = torchaudio.transforms.AmplitudeToDB("power", top_db=80.0)
    peer = Peer("torchaudio", importlib.metadata.version("torchaudio").split("+")[0])
    with torch.no_grad():
        clips = torch.from_numpy(clips)
        one = clips[:1].contiguous()
        row(peer, one, lambda: decibels(mel(one)))
        row(peer, clips, lambda: decibels(mel(clips)))
        return decibels(mel(one))[0].numpy()


def main():
    clips = numpy.random.default_rng(1).uniform(-1, 1, (8, RATE * SECONDS)).astype(numpy.float32)
    pictures = []
    for peer, work in [("librosa", lambda: with_librosa(clips[0])), ("torchaudio", lambda: with_torchaudio(clips))]:
        try:
            pictures.append(work())
        except (ImportError, OSError, RuntimeError) as error:
            print(f"{peer} is missing: {error}", file=sys.stderr)
    if len(pictures) == 2:
        assert numpy.abs(pictures[0] - pictures[1]).max() < 0.01, "librosa and torchaudio differ"


main()
