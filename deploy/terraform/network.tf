# A network of its own: the database has no public address, and the service reaches it through the connector.

resource "google_project_service" "needed" {
  for_each = toset([
    "artifactregistry.googleapis.com", "cloudresourcemanager.googleapis.com", "cloudscheduler.googleapis.com",
    "compute.googleapis.com", "iam.googleapis.com", "monitoring.googleapis.com", "pubsub.googleapis.com",
    "run.googleapis.com", "secretmanager.googleapis.com",
    "servicenetworking.googleapis.com", "sqladmin.googleapis.com", "vpcaccess.googleapis.com",
  ])
  service            = each.value
  disable_on_destroy = false
}

resource "google_compute_network" "sync" {
  name                    = "drchrono-sync"
  auto_create_subnetworks = false
  depends_on              = [google_project_service.needed]
}

resource "google_compute_global_address" "database" {
  name          = "drchrono-sync-database"
  purpose       = "VPC_PEERING"
  address_type  = "INTERNAL"
  prefix_length = 20
  network       = google_compute_network.sync.id
}

resource "google_service_networking_connection" "database" {
  network                 = google_compute_network.sync.id
  service                 = "servicenetworking.googleapis.com"
  reserved_peering_ranges = [google_compute_global_address.database.name]
}

resource "google_vpc_access_connector" "sync" {
  name          = "drchrono-sync"
  network       = google_compute_network.sync.id
  ip_cidr_range = "10.8.0.0/28"
  min_instances = 2
  max_instances = 3
  depends_on    = [google_project_service.needed]
}
