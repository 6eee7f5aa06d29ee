export * from './catalogue.ts'
export * from './judges.ts'
export * from './checks.ts'
export * from './digests.ts'
