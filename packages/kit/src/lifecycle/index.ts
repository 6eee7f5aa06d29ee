export { Drain, type DrainOptions } from './drain.ts'
export { exitCodes, StartError } from './exit-codes.ts'
export { type Host, runMain, type Running } from './run-main.ts'
export { waitFor } from './wait-for.ts'
