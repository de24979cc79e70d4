resource "google_pubsub_topic" "events" {
  name                       = "change-events"
  message_retention_duration = "604800s"
  depends_on                 = [google_project_service.needed]
}

resource "google_pubsub_topic" "dead_letters" {
  name       = "change-events-dead"
  depends_on = [google_project_service.needed]
}

# Events of one record arrive in order; repeats are told by the attribute event_id.
resource "google_pubsub_subscription" "events" {
  name                       = "change-events-reader"
  topic                      = google_pubsub_topic.events.id
  enable_message_ordering    = true
  ack_deadline_seconds       = 60
  message_retention_duration = "604800s"
  expiration_policy {
    ttl = ""
  }
  retry_policy {
    minimum_backoff = "10s"
    maximum_backoff = "600s"
  }
  dead_letter_policy {
    dead_letter_topic     = google_pubsub_topic.dead_letters.id
    max_delivery_attempts = 20
  }
}

resource "google_pubsub_subscription" "dead_letters" {
  name                       = "change-events-dead-reader"
  topic                      = google_pubsub_topic.dead_letters.id
  message_retention_duration = "2678400s"
  expiration_policy {
    ttl = ""
  }
}
