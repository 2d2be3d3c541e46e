//! The front end that a model was trained with, as data for its card.
