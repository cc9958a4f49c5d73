//! Fewer points where many fall on one pixel: the first, the lowest, the highest and the last of each column of pixels (the method known as M4,
//! Jugel et al. 2014), so that the drawn line covers the same pixels.

/// A place on the drawing.
pub(super) type Place = (f64, f64);

/// The places, which go from left to right, without those that cannot be seen.
pub(super) fn thinned(places: &[Place]) -> Vec<Place> {
    let mut kept = Vec::new();
    for column in places.chunk_by(|one, other| one.0.floor() == other.0.floor()) {
        if column.len() <= 4 {
            kept.extend_from_slice(column);
            continue;
        }
        let by_height = |(_, one): &(usize, &Place), (_, other): &(usize, &Place)| one.1.total_cmp(&other.1);
        let low = column.iter().enumerate().min_by(by_height);
        let high = column.iter().enumerate().max_by(by_height);
        let mut indices = vec![0, low.map_or(0, |(at, _)| at), high.map_or(0, |(at, _)| at), column.len() - 1];
        indices.sort_unstable();
        indices.dedup();
        kept.extend(indices.into_iter().map(|at| column[at]));
    }
    kept
}

/// Neighbours whose places fall into the same bin of a width in pixels, as ranges of indices; for what is pointed at.
pub(super) fn bins(xs: &[f64], width: f64) -> Vec<std::ops::Range<usize>> {
    let mut start = 0;
    let chunks = xs.chunk_by(|one, other| (one / width).floor() == (other / width).floor());
    chunks
        .map(|chunk| {
            let range = start..start + chunk.len();
            start = range.end;
            range
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// First, lowest, highest, last of each column.
    fn seen(places: &[Place]) -> Vec<[f64; 5]> {
        let columns = places.chunk_by(|one, other| one.0.floor() == other.0.floor());
        columns
            .map(|column| {
                let heights = || column.iter().map(|place| place.1);
                let (low, high) = (heights().fold(f64::MAX, f64::min), heights().fold(f64::MIN, f64::max));
                [column[0].0.floor(), column[0].1, low, high, column[column.len() - 1].1]
            })
            .collect()
    }

    proptest! {
        #[test]
        fn thinning_keeps_what_is_seen_and_no_more_than_four_a_pixel(mut places in proptest::collection::vec((0.0f64..50.0, 0.0f64..100.0), 0..2000)) {
            places.sort_by(|one, other| one.0.total_cmp(&other.0));
            let kept = thinned(&places);
            prop_assert_eq!(seen(&kept), seen(&places));
            prop_assert!(kept.len() <= 4 * 50);
        }
    }

    #[test]
    fn bins_take_every_point_once() {
        assert_eq!(bins(&[0.0, 1.0, 4.0, 4.5, 9.0], 3.0), [0..2, 2..4, 4..5]);
        assert!(bins(&[], 3.0).is_empty());
    }
}
