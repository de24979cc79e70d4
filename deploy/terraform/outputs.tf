output "address" {
  description = "Where the service answers"
  value       = google_cloud_run_v2_service.sync.uri
}

output "webhook" {
  description = "To be entered in DrChrono as the webhook's callback URL"
  value       = "${google_cloud_run_v2_service.sync.uri}/webhooks/drchrono"
}

output "gridhook" {
  description = "To be entered in Deep Cura"
  value       = "${google_cloud_run_v2_service.sync.uri}/webhooks/deepcura"
}

output "images" {
  description = "Where the image is pushed to"
  value       = "${var.region}-docker.pkg.dev/${var.project}/${google_artifact_registry_repository.images.repository_id}/drchrono-sync"
}

output "secrets" {
  description = "Each wants a version before the service can start"
  value       = { for name, secret in google_secret_manager_secret.service : name => secret.secret_id }
}
