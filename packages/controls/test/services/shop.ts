import type { Fixture } from './open-service.ts'

/** Bare node:http behind its own prefix, an upstream it needs, a key before everything. */
export const shop: Fixture = {
  folder: 'shop',
  config: {
    service: 'shop',
    start: {
      command: [process.execPath, 'server.mjs'],
      env: {
        NODE_ENV: 'production',
        PORT: '{port}',
        RATES_URL: '{rates.url}',
        SHOP_API_KEY: '{secret:SHOP_API_KEY}',
        MAIL_KEY: 'mail-{secret:MAIL_KEY}',
      },
      ready: '/internal/ready',
      readyTimeoutMs: 30_000,
      stopTimeoutMs: 8_000,
    },
    probes: {
      live: '/internal/live',
      ready: '/internal/ready',
      metrics: '/internal/metrics',
      openapi: '/shop/v1/openapi.json',
    },
    dependencies: { rates: { kind: 'http', required: true, answers: [{ path: '/rate', body: { rate: 1.25 } }] } },
    variables: {
      PORT: { required: true, format: 'port' },
      RATES_URL: { required: true, format: 'url' },
      SHOP_API_KEY: { required: true, secret: true, min: 24 },
      MAIL_KEY: { required: true, secret: true, thirdParty: true, pattern: '^mail-[A-Za-z0-9]{20,}$' },
      VERBOSE: { format: 'boolean' },
    },
    identities: { key: { headers: { authorization: 'Bearer {secret:SHOP_API_KEY}' } } },
    requests: {
      price: { path: '/shop/v1/price', as: 'key', touches: ['rates'] },
      orders: { path: '/shop/v1/orders', as: 'key' },
      order: {
        method: 'POST',
        path: '/shop/v1/orders',
        as: 'key',
        effect: 'write',
        body: { item: 'cup {n}' },
        expect: 201,
      },
    },
  },
}

/** The same one, as slow to start as a large application. */
export const slowShop: Fixture = {
  ...shop,
  config: {
    ...shop.config,
    start: {
      command: [process.execPath, 'server.mjs'],
      ...shop.config.start,
      env: { ...shop.config.start?.env, START_DELAY_MS: '5000' },
    },
  },
}
