resource "google_artifact_registry_repository" "images" {
  repository_id = "drchrono-sync"
  format        = "DOCKER"
  depends_on    = [google_project_service.needed]
}

locals {
  # A name for our calls, not an address: known before the service has one.
  audience = "drchrono-sync.${var.project}"
  database_ca = {
    folder = "/etc/drchrono-sync/database"
    file   = "/etc/drchrono-sync/database/ca.pem"
  }
  settings = merge({
    LOG_FORMAT          = "json"
    METRICS_PORT        = "9464"
    DB_HOST             = google_sql_database_instance.sync.private_ip_address
    DB_NAME             = google_sql_database.clinical.name
    DB_USER             = local.service_user
    DB_SSLMODE          = "verify-ca"
    DB_POOL_SIZE        = "10"
    DRCHRONO_CLIENT_ID  = var.drchrono_client_id
    PRACTICE_TIMEZONE   = var.practice_timezone
    GCP_PROJECT         = var.project
    PUBSUB_TOPIC        = google_pubsub_topic.events.name
    OIDC_AUDIENCE       = local.audience
    OIDC_ALLOWED_EMAILS = google_service_account.scheduler.email
    REQUEST_DEADLINE    = "280s"
    ADMIN               = var.iap == "" ? "off" : "iap" # the service is on the internet
  }, var.iap == "" ? {} : { ADMIN_IAP_AUDIENCE = var.iap }, var.settings)
}

resource "google_cloud_run_v2_service" "sync" {
  name     = "drchrono-sync"
  location = var.region
  ingress  = "INGRESS_TRAFFIC_ALL"

  # DrChrono and Deep Cura cannot show a Google identity: the service's own door settles who is calling, before it reads a body.
  # Google's check would also be at liberty to change the scheduler's token on its way.
  invoker_iam_disabled = true

  template {
    service_account                  = google_service_account.service.email
    execution_environment            = "EXECUTION_ENVIRONMENT_GEN2"
    timeout                          = "300s" # a call of /sync answers after REQUEST_DEADLINE
    max_instance_request_concurrency = 80

    scaling {
      min_instance_count = 1 # applies, fetches and publishes between requests
      max_instance_count = var.max_instances
    }

    vpc_access {
      connector = google_vpc_access_connector.sync.id
      egress    = "PRIVATE_RANGES_ONLY"
    }

    containers {
      name  = "service"
      image = var.image

      ports {
        container_port = 8080
      }

      resources {
        limits            = { cpu = "1", memory = "1Gi" }
        cpu_idle          = false # processor time also while no request is under way
        startup_cpu_boost = true
      }

      dynamic "env" {
        for_each = local.settings
        content {
          name  = env.key
          value = env.value
        }
      }

      dynamic "env" {
        for_each = local.secret_settings
        content {
          name = env.key
          value_source {
            secret_key_ref {
              secret  = env.value.secret
              version = env.value.version
            }
          }
        }
      }

      # libpq reads it by itself.
      env {
        name  = "PGSSLROOTCERT"
        value = local.database_ca.file
      }
      volume_mounts {
        name       = "database-ca"
        mount_path = local.database_ca.folder
      }

      # The port opens at once; migrations may take longer and must not be cut off.
      startup_probe {
        http_get {
          path = "/health"
        }
        period_seconds    = 5
        failure_threshold = 24
      }

      liveness_probe {
        http_get {
          path = "/health"
        }
        period_seconds    = 10
        failure_threshold = 6
      }
    }

    containers {
      name       = "collector"
      image      = var.metrics_collector
      depends_on = ["service"]
      resources {
        cpu_idle = false # as the service's
      }
      volume_mounts {
        name       = "metrics"
        mount_path = "/etc/rungmp/"
      }
    }

    volumes {
      name = "database-ca"
      secret {
        secret = google_secret_manager_secret.database_ca.secret_id
        items {
          version = "latest"
          path    = basename(local.database_ca.file)
        }
      }
    }

    volumes {
      name = "metrics"
      secret {
        secret = google_secret_manager_secret.metrics.secret_id
        items {
          version = "latest"
          path    = "config.yaml"
        }
      }
    }
  }

  depends_on = [
    google_secret_manager_secret_iam_member.service,
    google_secret_manager_secret_version.database_ca,
    google_secret_manager_secret_version.database_password,
    google_secret_manager_secret_version.metrics,
  ]
}

# The commands of the same program, where the database can be reached: `gcloud run jobs execute drchrono-sync-command --args=doctor`.
resource "google_cloud_run_v2_job" "command" {
  name     = "drchrono-sync-command"
  location = var.region

  template {
    template {
      service_account = google_service_account.service.email
      timeout         = "3600s"
      max_retries     = 0

      vpc_access {
        connector = google_vpc_access_connector.sync.id
        egress    = "PRIVATE_RANGES_ONLY"
      }

      containers {
        image = var.image
        args  = ["doctor"]

        dynamic "env" {
          for_each = local.settings
          content {
            name  = env.key
            value = env.value
          }
        }

        dynamic "env" {
          for_each = local.secret_settings
          content {
            name = env.key
            value_source {
              secret_key_ref {
                secret  = env.value.secret
                version = env.value.version
              }
            }
          }
        }

        # libpq reads it by itself.
        env {
          name  = "PGSSLROOTCERT"
          value = local.database_ca.file
        }
        volume_mounts {
          name       = "database-ca"
          mount_path = local.database_ca.folder
        }
      }

      volumes {
        name = "database-ca"
        secret {
          secret = google_secret_manager_secret.database_ca.secret_id
          items {
            version = "latest"
            path    = basename(local.database_ca.file)
          }
        }
      }
    }
  }

  depends_on = [google_cloud_run_v2_service.sync]
}

# Brings the database to the image's schema, as its owner. Run before the service of that image: `gcloud run jobs execute
# drchrono-sync-migrate --wait`.
resource "google_cloud_run_v2_job" "migrate" {
  name     = "drchrono-sync-migrate"
  location = var.region

  template {
    template {
      service_account = google_service_account.migrator.email
      timeout         = "3600s"
      max_retries     = 0

      vpc_access {
        connector = google_vpc_access_connector.sync.id
        egress    = "PRIVATE_RANGES_ONLY"
      }

      containers {
        image = var.image
        args  = ["migrate", "--dev"] # the webhooks' secrets are none of its business

        dynamic "env" {
          for_each = merge(
            { for name in ["LOG_FORMAT", "DB_HOST", "DB_NAME", "DB_USER", "DB_SSLMODE"] : name => local.settings[name] },
            { DB_MIGRATE_USER = google_sql_user.owner.name },
          )
          content {
            name  = env.key
            value = env.value
          }
        }

        env {
          name = "DB_MIGRATE_PASSWORD"
          value_source {
            secret_key_ref {
              secret  = google_secret_manager_secret.owner.secret_id
              version = "latest"
            }
          }
        }

        # libpq reads it by itself.
        env {
          name  = "PGSSLROOTCERT"
          value = local.database_ca.file
        }
        volume_mounts {
          name       = "database-ca"
          mount_path = local.database_ca.folder
        }
      }

      volumes {
        name = "database-ca"
        secret {
          secret = google_secret_manager_secret.database_ca.secret_id
          items {
            version = "latest"
            path    = basename(local.database_ca.file)
          }
        }
      }
    }
  }

  depends_on = [
    google_secret_manager_secret_iam_member.migrator,
    google_secret_manager_secret_version.database_ca,
    google_secret_manager_secret_version.owner,
  ]
}
