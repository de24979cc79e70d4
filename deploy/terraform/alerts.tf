# The alerts of deploy/prometheus/alerts.yml as policies, and what only the cloud can see.

resource "google_monitoring_notification_channel" "mail" {
  display_name = "drchrono-sync"
  type         = "email"
  labels       = { email_address = var.alert_email }
  depends_on   = [google_project_service.needed]
}

locals {
  rules = { for rule in yamldecode(file("${path.module}/../prometheus/alerts.yml")).groups[0].rules : rule.alert => rule }
}

resource "google_monitoring_alert_policy" "rule" {
  for_each              = local.rules
  display_name          = "${each.key}: ${each.value.annotations.summary}"
  combiner              = "OR"
  severity              = each.value.labels.severity == "page" ? "CRITICAL" : "WARNING"
  notification_channels = [google_monitoring_notification_channel.mail.id]

  conditions {
    display_name = each.key
    condition_prometheus_query_language {
      query                     = each.value.expr
      duration                  = each.value.for
      evaluation_interval       = "60s"
      rule_group                = "drchrono-sync"
      alert_rule                = each.key
      disable_metric_validation = true # before the first scrape there is no such metric
    }
  }

  documentation {
    content = "What it means and what to do: docs/operate.md, ${each.key}"
  }
}

resource "google_monitoring_uptime_check_config" "ready" {
  display_name = "drchrono-sync accepts deliveries"
  timeout      = "10s"
  period       = "60s"
  http_check {
    path         = "/ready"
    port         = 443
    use_ssl      = true
    validate_ssl = true
  }
  monitored_resource {
    type   = "uptime_url"
    labels = { project_id = var.project, host = trimprefix(google_cloud_run_v2_service.sync.uri, "https://") }
  }
}

locals {
  thresholds = {
    NotReachable = {
      filter  = "resource.type = \"uptime_url\" AND metric.type = \"monitoring.googleapis.com/uptime_check/check_passed\" AND metric.labels.check_id = \"${google_monitoring_uptime_check_config.ready.uptime_check_id}\""
      aligner = "ALIGN_NEXT_OLDER", reducer = "REDUCE_COUNT_FALSE", over = 1, for = "180s"
    }
    DeadLetters = {
      filter  = "resource.type = \"pubsub_subscription\" AND metric.type = \"pubsub.googleapis.com/subscription/num_undelivered_messages\" AND resource.labels.subscription_id = \"${google_pubsub_subscription.dead_letters.name}\""
      aligner = "ALIGN_MAX", reducer = "REDUCE_MAX", over = 0, for = "0s"
    }
    EventsUnread = {
      filter  = "resource.type = \"pubsub_subscription\" AND metric.type = \"pubsub.googleapis.com/subscription/oldest_unacked_message_age\" AND resource.labels.subscription_id = \"${google_pubsub_subscription.events.name}\""
      aligner = "ALIGN_MAX", reducer = "REDUCE_MAX", over = 86400, for = "600s"
    }
    DatabaseDiskFull = {
      filter  = "resource.type = \"cloudsql_database\" AND metric.type = \"cloudsql.googleapis.com/database/disk/utilization\""
      aligner = "ALIGN_MAX", reducer = "REDUCE_MAX", over = 0.85, for = "600s"
    }
  }
}

resource "google_monitoring_alert_policy" "threshold" {
  for_each              = local.thresholds
  display_name          = "Sync${each.key}"
  combiner              = "OR"
  notification_channels = [google_monitoring_notification_channel.mail.id]

  conditions {
    display_name = each.key
    condition_threshold {
      filter          = each.value.filter
      comparison      = "COMPARISON_GT"
      threshold_value = each.value.over
      duration        = each.value.for
      aggregations {
        alignment_period     = "300s"
        per_series_aligner   = each.value.aligner
        cross_series_reducer = each.value.reducer
      }
    }
  }

  documentation {
    content = "What it means and what to do: docs/operate.md, Sync${each.key}"
  }
}
