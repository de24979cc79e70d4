#pragma once
// MetricsText: reads Prometheus' text form back, as far as tests ask.

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace dcs::test {

/// Every series with its value: name{labels} → value.
std::map<std::string, double> series_of(std::string_view page);
/// nullopt: the page does not have it. `series` as it stands there, labels in the order of their names.
std::optional<double> value_of(std::string_view page, const std::string& series);
/// The names that a query may use: of gauges and counters, and _bucket, _sum and _count of histograms.
std::set<std::string> names_of(std::string_view page);

}  // namespace dcs::test
