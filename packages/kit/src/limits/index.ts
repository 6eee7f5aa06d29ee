export { type LimitDecision, rateLimitHeaders, type WindowLimit, WindowLimiter } from './window-limiter.ts'
