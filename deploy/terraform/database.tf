resource "google_sql_database_instance" "sync" {
  name                = "drchrono-sync"
  database_version    = "POSTGRES_15"
  deletion_protection = true
  depends_on          = [google_service_networking_connection.database]

  settings {
    tier                        = var.database_tier
    edition                     = "ENTERPRISE"
    availability_type           = var.database_availability
    disk_type                   = "PD_SSD"
    disk_autoresize             = true
    deletion_protection_enabled = true

    ip_configuration {
      ipv4_enabled    = false
      private_network = google_compute_network.sync.id
      ssl_mode        = "ENCRYPTED_ONLY"
      # An authority that signs for this instance alone: verify-ca then lets in nobody else, and an address needs no name.
      server_ca_mode = "GOOGLE_MANAGED_INTERNAL_CA"
    }

    backup_configuration {
      enabled                        = true
      start_time                     = "09:00"
      point_in_time_recovery_enabled = true
      transaction_log_retention_days = 7
      backup_retention_settings {
        retained_backups = 30
      }
    }

    # Who came and went, what was done to tables and roles; and no row or statement of a patient's on the way into the log.
    dynamic "database_flags" {
      for_each = {
        log_connections              = "on"
        log_disconnections           = "on"
        log_statement                = "ddl"
        log_error_verbosity          = "terse"
        log_min_error_statement      = "panic"
        log_min_duration_statement   = "-1"
        "cloudsql.enable_pgaudit"    = "on"
        "pgaudit.log"                = "ddl,role"
        "pgaudit.log_parameter"      = "off"
        "pgaudit.log_statement_once" = "on"
      }
      content {
        name  = database_flags.key
        value = database_flags.value
      }
    }

    maintenance_window {
      day  = 7
      hour = 8
    }
  }
}

resource "google_sql_database" "clinical" {
  name     = "clinical"
  instance = google_sql_database_instance.sync.name
}

# Two users, so that nobody with the service's password can alter or remove what was audited. The owner migrates. Every user
# that Cloud SQL's interface makes may make roles, and could become the owner: the service's own is therefore made by the
# owner in SQL (docs/deploy.md), with nothing but the role clinical_service, and is not Terraform's.
locals {
  service_user = "app_user"
}

resource "random_password" "owner" {
  length  = 40
  special = false
}

resource "google_sql_user" "owner" {
  name     = "sync_owner"
  instance = google_sql_database_instance.sync.name
  password = random_password.owner.result
}

resource "random_password" "service" {
  length  = 40
  special = false
}
