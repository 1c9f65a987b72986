/** How the job stands when its steps have ended, as far as anything is decided by it. */
export type JobStatus = 'succeeded' | 'failed' | 'canceled' | 'unknown'
