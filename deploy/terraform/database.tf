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
    }

    backup_configuration {
      enabled                        = true
      point_in_time_recovery_enabled = true
      transaction_log_retention_days = 7
      backup_retention_settings {
        retained_backups = 30
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

resource "random_password" "database" {
  length  = 40
  special = false
}

resource "google_sql_user" "service" {
  name     = "app_user"
  instance = google_sql_database_instance.sync.name
  password = random_password.database.result
}
