export * from './keys.ts'
export * from './signing.ts'
export * from './signer-client.ts'
