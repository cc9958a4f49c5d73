//! CloudTrail itself: trails that are stopped, deleted or made to see less.

use super::super::actor::last;
use super::super::effect::{Effect, Slot};
use super::super::kind::Kind;
use super::super::names::Name;
use super::Call;

pub(super) fn read(call: &mut Call<'_, '_>, event: &str) {
    let slot = match event {
        "StopLogging" | "StartLogging" => Slot::TrailStopped,
        "DeleteTrail" | "CreateTrail" => Slot::TrailDeleted,
        "UpdateTrail" | "PutEventSelectors" | "PutInsightSelectors" => Slot::TrailChanged,
        _ => return,
    };
    // By name or by ARN.
    let Some(name) = call.asked("name").or_else(|| call.asked("trailName")) else { return };
    let trail = call.thing(Kind::Trail, last(name));
    let detail = match slot {
        Slot::TrailChanged => call.detail(event),
        _ => Name::NONE,
    };
    match event {
        "StartLogging" => call.clear(trail, slot, detail),
        "CreateTrail" => {
            for slot in [Slot::TrailStopped, Slot::TrailDeleted] {
                call.clear(trail, slot, Name::NONE);
            }
        }
        "DeleteTrail" => {
            // Gone is more than stopped.
            call.clear(trail, Slot::TrailStopped, Name::NONE);
            call.add(Effect::Set { slot, on: trail, detail });
        }
        _ => call.add(Effect::Set { slot, on: trail, detail }),
    }
}
