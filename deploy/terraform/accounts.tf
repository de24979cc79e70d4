# Three accounts, each with what its work needs and no more.

# The service: reads its secrets, publishes to its topic, writes its metrics.
resource "google_service_account" "service" {
  account_id   = "drchrono-sync"
  display_name = "drchrono-sync, the service"
  depends_on   = [google_project_service.needed]
}

resource "google_secret_manager_secret_iam_member" "service" {
  for_each  = merge(google_secret_manager_secret.service, { metrics = google_secret_manager_secret.metrics })
  secret_id = each.value.id
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.service.member
}

resource "google_pubsub_topic_iam_member" "service" {
  topic  = google_pubsub_topic.events.id
  role   = "roles/pubsub.publisher"
  member = google_service_account.service.member
}

resource "google_project_iam_member" "metrics" {
  project = var.project
  role    = "roles/monitoring.metricWriter"
  member  = google_service_account.service.member
}

# The scheduler: nothing at Google; the service lets it in by its address (OIDC_ALLOWED_EMAILS).
resource "google_service_account" "scheduler" {
  account_id   = "drchrono-sync-scheduler"
  display_name = "drchrono-sync, its scheduled calls"
  depends_on   = [google_project_service.needed]
}

# Who reads the events.
resource "google_service_account" "reader" {
  account_id   = "drchrono-sync-reader"
  display_name = "drchrono-sync, readers of its events"
  depends_on   = [google_project_service.needed]
}

resource "google_pubsub_subscription_iam_member" "reader" {
  subscription = google_pubsub_subscription.events.id
  role         = "roles/pubsub.subscriber"
  member       = google_service_account.reader.member
}

# Pub/Sub itself moves what nobody could read to the dead-letter topic.
data "google_project" "this" {
  depends_on = [google_project_service.needed]
}

locals {
  pubsub_agent = "serviceAccount:service-${data.google_project.this.number}@gcp-sa-pubsub.iam.gserviceaccount.com"
}

resource "google_pubsub_topic_iam_member" "dead_letters" {
  topic  = google_pubsub_topic.dead_letters.id
  role   = "roles/pubsub.publisher"
  member = local.pubsub_agent
}

resource "google_pubsub_subscription_iam_member" "dead_letters" {
  subscription = google_pubsub_subscription.events.id
  role         = "roles/pubsub.subscriber"
  member       = local.pubsub_agent
}
