//! Plots of a study as SVG: one file each, drawn from plain values, read in a browser without a network or put into a page.
//!
//! Nothing is computed here that is not needed for drawing: shares, bands and medians come from the caller, who also says why there is
//! nothing when there is nothing. What is undefined is left out and never drawn as zero. Labels may be anything; they are made harmless
//! where they are written (`text`). The same input gives the same bytes.
//!
//! To add a plot, add a file with a type that has a [`Frame`] and an `svg` method, and a row to the tests of all plots.

mod axis;
mod calendar;
mod frame;
pub(crate) mod heat_map;
mod legend;
pub(crate) mod monthly;
mod number;
pub(crate) mod prevalence;
mod scale;
mod shape;
pub(crate) mod survival;
mod text;
mod thin;

#[cfg(test)]
mod tests;

pub(crate) use calendar::Month;
pub(crate) use frame::Frame;
