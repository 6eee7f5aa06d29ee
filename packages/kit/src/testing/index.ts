export { FakeClock, type FakeClockOptions, type FakeTimer } from './clock.ts'
export { type FaultProxy, type FaultProxyOptions, type ProxyFaults, startFaultProxy } from './fault-proxy.ts'
export { type FaultPlan, faulty, type Faulty } from './faulty.ts'
export { startPostgres, type TestPostgres } from './postgres.ts'
export { seededRandom, type SeededRandom } from './random.ts'
export { startRedis, type TestRedis } from './redis.ts'
export {
  captureLogs,
  captureSpans,
  type LogCapture,
  type LogCaptureOptions,
  type SpanCapture,
} from '../telemetry/capture.ts'
export { testCertificate } from '../edge/testing-certificate.ts'
