#pragma once
// Control: the JSON API under /control/, by which whoever runs the simulator moves it. README.md lists the calls.
//
// Access     none: it is for a loopback address only.

#include "simulator/simulator.hpp"

namespace dcs::simulator {

/// pre: the path begins with "/control/".
Async<net::Response> control(Simulator& simulator, net::Request request);

/// Sets the switches that `wanted` names. bad_input: no such switch, or a value of the wrong type; none is set then.
Result<> set_switches(Switches& switches, const json::object& wanted);
json::object switches_as_json(const Switches& switches);

}  // namespace dcs::simulator
