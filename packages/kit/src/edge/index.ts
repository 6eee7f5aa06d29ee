export { Cors, type CorsOptions } from './cors.ts'
export { securityHeaders } from './security-headers.ts'
