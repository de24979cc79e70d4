#include "ops/metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace dcs::ops {

namespace {

using Buckets = prometheus::Histogram::BucketBoundaries;

const Buckets answer_seconds{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300};
const Buckets lag_seconds{0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3'600, 14'400};

double seconds(std::chrono::microseconds time) { return std::chrono::duration<double>(time).count(); }

prometheus::ClientMetric metric_of(const Sample& sample, bool only_grows) {
    prometheus::ClientMetric metric;
    for (const auto& [name, value] : sample.labels) metric.label.push_back({name, value});
    (only_grows ? metric.counter.value : metric.gauge.value) = sample.value;
    return metric;
}

prometheus::MetricFamily family_of(const Reading& reading) {
    prometheus::MetricFamily family;
    family.name = reading.name;
    family.help = reading.about;
    family.type = reading.only_grows ? prometheus::MetricType::Counter : prometheus::MetricType::Gauge;
    for (const auto& sample : reading.samples) family.metric.push_back(metric_of(sample, reading.only_grows));
    return family;
}

}  // namespace

struct Metrics::Counted {
    prometheus::Registry registry{};
    prometheus::Family<prometheus::Counter>& requests = prometheus::BuildCounter()
                                                            .Name("drchrono_sync_http_requests_total")
                                                            .Help("Requests answered; status 0: cut off unanswered")
                                                            .Register(registry);
    prometheus::Family<prometheus::Histogram>& answering =
        prometheus::BuildHistogram()
            .Name("drchrono_sync_http_request_seconds")
            .Help("From a request's first byte to the end of its answer")
            .Register(registry);
    prometheus::Family<prometheus::Counter>& applied = prometheus::BuildCounter()
                                                           .Name("drchrono_sync_deliveries_applied_total")
                                                           .Help("Deliveries that came to a record, by what they did")
                                                           .Register(registry);
    prometheus::Counter& task_failures = prometheus::BuildCounter()
                                             .Name("drchrono_sync_task_failures_total")
                                             .Help("Exceptions that have left a task: bugs; the log names the task")
                                             .Register(registry)
                                             .Add({});
    prometheus::Family<prometheus::Histogram>& to_record =
        prometheus::BuildHistogram()
            .Name("drchrono_sync_delivery_to_record_seconds")
            .Help("From a delivery's arrival to the commit of its record")
            .Register(registry);
    prometheus::Histogram& to_event = prometheus::BuildHistogram()
                                          .Name("drchrono_sync_delivery_to_event_seconds")
                                          .Help("From a delivery's arrival to Pub/Sub's yes to its event, of a sample")
                                          .Register(registry)
                                          .Add({}, lag_seconds);
};

Metrics::Metrics() : counted_{std::make_unique<Counted>()} {}
Metrics::~Metrics() = default;

void Metrics::request_answered(std::string_view method, std::string_view route, int status,
                               std::chrono::microseconds took) {
    const std::string pattern{route};
    counted_->requests.Add({{"method", std::string{method}}, {"route", pattern}, {"status", std::to_string(status)}})
        .Increment();
    counted_->answering.Add({{"route", pattern}}, answer_seconds).Observe(seconds(took));
}

void Metrics::delivery_applied(std::string_view source, std::string_view outcome,
                               std::chrono::microseconds since_received) {
    const std::string name{source};
    counted_->applied.Add({{"source", name}, {"outcome", std::string{outcome}}}).Increment();
    counted_->to_record.Add({{"source", name}}, lag_seconds).Observe(seconds(since_received));
}

void Metrics::event_published(std::chrono::microseconds since_received) {
    counted_->to_event.Observe(seconds(since_received));
}

void Metrics::task_failed() { counted_->task_failures.Increment(); }

std::string Metrics::text(std::span<const Reading> readings) const {
    auto families = counted_->registry.Collect();
    for (const auto& reading : readings) families.push_back(family_of(reading));
    return prometheus::TextSerializer{}.Serialize(families);
}

}  // namespace dcs::ops
