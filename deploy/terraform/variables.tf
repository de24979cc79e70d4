variable "project" {
  description = "Google Cloud project; nothing else need be in it"
  type        = string
}

variable "region" {
  description = "Where everything runs, e.g. us-central1"
  type        = string
}

variable "image" {
  description = "The service's image, by digest: …/drchrono-sync@sha256:…; empty until there is one"
  type        = string
  default     = ""
  nullable    = false
  validation {
    condition     = var.image == "" || can(regex("@sha256:[0-9a-f]{64}$", var.image))
    error_message = "By digest, so that what runs is what was looked at: …/drchrono-sync@sha256:… (docker push prints it)."
  }
}

variable "drchrono_client_id" {
  description = "OAuth client of the API application in DrChrono"
  type        = string
}

variable "practice_timezone" {
  description = "IANA zone of the practice; schedules follow it"
  type        = string
  default     = "America/New_York"
}

variable "alert_email" {
  description = "Who is told when something needs a person"
  type        = string
}

variable "iap" {
  description = "The aud of Identity-Aware Proxy's tokens, where a load balancer with IAP stands before the service: /projects/NUMBER/global/backendServices/ID. Empty: there is no admin page."
  type        = string
  default     = ""
  nullable    = false
}

variable "settings" {
  description = "Further settings of the service, NAME = value; secrets do not belong here"
  type        = map(string)
  default     = {}
}

variable "secret_versions" {
  description = "Which version of a secret is in use, and which was before: { TOKEN_KEY = \"2\", TOKEN_KEY_PREVIOUS = \"1\" }. Not named: the latest when an instance starts."
  type        = map(string)
  default     = {}
  validation {
    condition = alltrue([for name in keys(var.secret_versions) : contains([
      "DRCHRONO_WEBHOOK_SECRET", "DRCHRONO_WEBHOOK_SECRET_PREVIOUS", "DRCHRONO_CLIENT_SECRET", "DRCHRONO_REFRESH_TOKEN",
      "DEEPCURA_SHARED_SECRET", "DEEPCURA_SHARED_SECRET_PREVIOUS", "SCRIBE_GENERIC_SECRET", "SCRIBE_GENERIC_SECRET_PREVIOUS",
      "TOKEN_KEY", "TOKEN_KEY_PREVIOUS", "DB_PASSWORD",
    ], name)])
    error_message = "Only the service's secrets have versions; those of the webhooks and TOKEN_KEY also a _PREVIOUS."
  }
}

variable "database_tier" {
  description = "Machine of the database"
  type        = string
  default     = "db-custom-2-7680"
}

variable "database_availability" {
  description = "REGIONAL: a standby takes over; ZONAL: half the price"
  type        = string
  default     = "REGIONAL"
}

variable "max_instances" {
  description = "Most instances of the service; each takes up to DB_POOL_SIZE connections"
  type        = number
  default     = 4
}

variable "schedules" {
  description = "When each resource is reconciled (cron, in the practice's zone). All of them together fit DrChrono's 500 requests an hour."
  type        = map(string)
  default = {
    appointments   = "*/15 * * * *"
    patients       = "5 * * * *"
    clinical-notes = "20 * * * *"
    medications    = "35 */6 * * *"
    problems       = "40 */6 * * *"
    allergies      = "45 */6 * * *"
    line-items     = "50 */6 * * *"
    insurance      = "55 2 * * *"
    doctors        = "10 2 * * *"
    offices        = "15 2 * * *"
  }
}

variable "metrics_collector" {
  description = "Image of Google's collector beside the service, which reads METRICS_PORT; by digest (the default is 1.9.2)"
  type        = string
  default     = "us-docker.pkg.dev/cloud-ops-agents-artifacts/cloud-run-gmp-sidecar/cloud-run-gmp-sidecar@sha256:ff1fc68871118f1032a3ce17e2b0abd703292e883989d220244330ebdf522fd1"
  validation {
    condition     = can(regex("@sha256:[0-9a-f]{64}$", var.metrics_collector))
    error_message = "By digest: it has the service's account, and a tag may be another program tomorrow."
  }
}
