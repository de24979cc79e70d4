terraform {
  required_version = ">= 1.6"
  required_providers {
    google = {
      source  = "hashicorp/google"
      version = ">= 6.41, < 8.0"
    }
    random = {
      source  = "hashicorp/random"
      version = "~> 3.6"
    }
  }
  # The state holds the database's password: keep it where only administrators read it, e.g. backend "gcs" with a bucket of
  # their own.
}

provider "google" {
  project = var.project
  region  = var.region
}
