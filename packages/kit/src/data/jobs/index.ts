export {
  type BatchChunk,
  BatchError,
  batchesSchemaSql,
  type BatchOptions,
  type BatchResult,
  forgetBatches,
  runBatch,
} from './batch.ts'
export { jobsSchemaSql } from './boss.ts'
export { defineJob, JobError, type JobRun, type JobSla, type JobType, PoisonJobError } from './job-type.ts'
export { type JobStats } from './job-stats.ts'
export { createJobs, type EnqueueOptions, type Jobs, type JobsOptions } from './jobs.ts'
export { type JobSchedule, scheduleOffsetMs } from './schedules.ts'
export { type JobCounters, type JobEvent, type SlaMiss } from './worker.ts'
