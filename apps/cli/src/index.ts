export { defineConfig, type ServiceConfig, type ServiceConfigInput } from '@greengate/contracts'
