# Webhooks get lost: every resource is reconciled by its schedule, and each week from the ground.

locals {
  calls = merge(
    { for resource, cron in var.schedules : resource => { path = "/sync/${resource}", cron = cron } },
    {
      all-full = { path = "/sync/all?mode=full", cron = "0 3 * * 0" }
      cleanup  = { path = "/maintenance/cleanup", cron = "30 4 * * *" }
    },
  )
}

resource "google_cloud_scheduler_job" "call" {
  for_each         = local.calls
  name             = "drchrono-sync-${each.key}"
  schedule         = each.value.cron
  time_zone        = var.practice_timezone
  attempt_deadline = "320s" # longer than the service takes to answer
  depends_on       = [google_project_service.needed]

  # What one call leaves undone, the next one goes on with.
  retry_config {
    retry_count = 0
  }

  http_target {
    http_method = "POST"
    uri         = "${google_cloud_run_v2_service.sync.uri}${each.value.path}"
    oidc_token {
      service_account_email = google_service_account.scheduler.email
      audience              = local.audience
    }
  }
}
