import { generateKeyPairSync, randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { Webhook } from 'standardwebhooks'
import Stripe from 'stripe'
import { describe, expect, it } from 'vitest'
import {
  type ReplayStore,
  signStandardWebhook,
  signStripeWebhook,
  StandardWebhook,
  StripeWebhook,
  type WebhookHeaders,
  type WebhookOptions,
} from './index.ts'

/** Any UTF-16 code unit: control characters and lone surrogates too. */
const codeUnit = fc.nat(0xffff).map((unit) => String.fromCharCode(unit))

const nowS = 1_800_000_000
const body = Buffer.from('{"id":"evt_1","object":"event","text":"grün"}')
// Made up each time: written out they would look like real ones in the tree.
const stripeSecret = `whsec_${randomBytes(21).toString('base64url')}`
const otherStripeSecret = `whsec_${randomBytes(21).toString('base64url')}`
const standardSecret = `whsec_${randomBytes(32).toString('base64')}`
const otherStandardSecret = `whsec_${randomBytes(24).toString('base64')}`
const pair = generateKeyPairSync('ed25519')
const privateSecret = `whsk_${pair.privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-32).toString('base64')}`
const publicSecret = `whpk_${pair.publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('base64')}`

/** The real thing in one process: claims are kept until their time is over. */
function memoryStore(now: () => number): ReplayStore & { readonly ids: Map<string, number> } {
  const ids = new Map<string, number>()
  return {
    ids,
    once: async (id, ttlS) => {
      const until = ids.get(id)
      if (until !== undefined && until > now()) return false
      ids.set(id, now() + ttlS * 1000)
      return true
    },
  }
}

interface Scheme {
  readonly name: string
  readonly make: (options: WebhookOptions) => {
    verify(body: Uint8Array, headers: WebhookHeaders): ReturnType<StripeWebhook['verify']>
  }
  readonly sign: (timestampS: number, bytes?: Uint8Array) => Record<string, string>
  readonly signatureHeader: string
}

const schemes: Scheme[] = [
  {
    name: 'Stripe',
    make: (options) => new StripeWebhook({ secrets: [otherStripeSecret, stripeSecret], ...options }),
    sign: (timestampS, bytes = body) => ({ 'stripe-signature': signStripeWebhook(stripeSecret, timestampS, bytes) }),
    signatureHeader: 'stripe-signature',
  },
  ...[
    { name: 'Standard Webhooks, v1', verifySecret: standardSecret, signSecret: standardSecret },
    { name: 'Standard Webhooks, v1a', verifySecret: publicSecret, signSecret: privateSecret },
  ].map(({ name, verifySecret, signSecret }): Scheme => ({
    name,
    make: (options) => new StandardWebhook({ secrets: [otherStandardSecret, verifySecret], ...options }),
    sign: (timestampS, bytes = body) => ({
      ...signStandardWebhook([signSecret], { id: 'msg_1', timestampS, body: bytes }),
    }),
    signatureHeader: 'webhook-signature',
  })),
]

describe.each(schemes)('$name', ({ make, sign, signatureHeader }) => {
  const now = (): number => nowS * 1000
  const webhook = make({ now })

  it('accepts what was signed with any of its secrets', async () => {
    expect(await webhook.verify(body, sign(nowS))).toMatchObject({ ok: true, timestampS: nowS })
    const binary = Buffer.from([0xff, 0x00, 0xfe])
    expect(await webhook.verify(binary, sign(nowS, binary))).toMatchObject({ ok: true })
    expect(await webhook.verify(Buffer.alloc(0), sign(nowS, Buffer.alloc(0)))).toMatchObject({ ok: true })
  })

  it.each([
    [-301, 'too_old'],
    [-300, 'ok'],
    [300, 'ok'],
    [301, 'in_future'],
  ])('%d s from now: %s', async (offsetS, expected) => {
    const result = await webhook.verify(body, sign(nowS + offsetS))
    expect(result.ok ? 'ok' : result.code).toBe(expected)
  })

  it('refuses any changed byte of the body', async () => {
    const headers = sign(nowS)
    await fc.assert(
      fc.asyncProperty(fc.nat(body.length - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
        const changed = Buffer.from(body)
        changed[at] = (changed[at] ?? 0) ^ flip
        expect(await webhook.verify(changed, headers)).toMatchObject({ ok: false, code: 'signature' })
      }),
    )
    expect(await webhook.verify(Buffer.concat([body, Buffer.from(' ')]), headers)).toMatchObject({ code: 'signature' })
  })

  it('refuses another time with the old signature', async () => {
    const header = sign(nowS)
    const moved = Object.fromEntries(
      Object.entries(header).map(([name, value]) => [name, value.replace(String(nowS), String(nowS + 1))]),
    )
    expect(await webhook.verify(body, moved)).toMatchObject({ ok: false, code: 'signature' })
  })

  it('says what is missing and what is malformed', async () => {
    const good = sign(nowS)
    for (const name of Object.keys(good)) {
      expect(await webhook.verify(body, { ...good, [name]: undefined })).toMatchObject({ code: 'missing' })
      expect(await webhook.verify(body, { ...good, [name]: '' })).toMatchObject({ code: 'missing' })
      expect(await webhook.verify(body, { ...good, [name]: [good[name] ?? '', 'x'] })).toMatchObject({
        code: 'malformed',
      })
      expect(await webhook.verify(body, { ...good, [name]: 'x'.repeat(100_000) })).toMatchObject({ code: 'malformed' })
    }
  })

  it('bounds the number of signatures', async () => {
    const headers = sign(nowS)
    const one = headers[signatureHeader] ?? ''
    const many = Array.from({ length: 17 }, () => one.replace(/^t=\d+,/, ''))
    const flood = one.startsWith('t=') ? `t=${nowS},${many.join(',')}` : many.join(' ')
    expect(await webhook.verify(body, { ...headers, [signatureHeader]: flood })).toMatchObject({ code: 'malformed' })
  })

  it('wants the raw bytes', async () => {
    const parsed: unknown = JSON.parse(body.toString())
    for (const wrong of [parsed, body.toString(), undefined])
      await expect(webhook.verify(wrong as Uint8Array, sign(nowS))).rejects.toThrow(TypeError)
  })

  it('refuses the same delivery again, as long as it could pass', async () => {
    let clockMs = nowS * 1000
    const store = memoryStore(() => clockMs)
    const guarded = make({ now: () => clockMs, replay: store })
    // Signed by a clock that is ahead as far as is tolerated: it stays good for the longest time there is.
    const headers = sign(nowS + 300)
    expect(await guarded.verify(body, headers)).toMatchObject({ ok: true })
    for (let second = 0; second <= 600; second += 50) {
      clockMs = (nowS + second) * 1000
      expect(await guarded.verify(body, headers)).toMatchObject({ ok: false, code: 'replayed' })
    }
    clockMs += 1000
    expect(await guarded.verify(body, headers)).toMatchObject({ ok: false, code: 'too_old' })
  })

  it('lets a redelivery pass, which is signed anew', async () => {
    const guarded = make({ now, replay: memoryStore(now) })
    expect(await guarded.verify(body, sign(nowS - 10))).toMatchObject({ ok: true })
    expect(await guarded.verify(body, sign(nowS))).toMatchObject({ ok: true })
  })

  it('remembers nothing that was not signed', async () => {
    const store = memoryStore(now)
    const guarded = make({ now, replay: store })
    await guarded.verify(Buffer.from('forged'), sign(nowS))
    await guarded.verify(body, sign(nowS - 1000))
    expect(store.ids.size).toBe(0)
  })

  it('fails closed when the store does, or says anything but yes', async () => {
    const broken = make({ now, replay: { once: () => Promise.reject(new Error('down')) } })
    expect(await broken.verify(body, sign(nowS))).toMatchObject({
      ok: false,
      code: 'store_unavailable',
      cause: new Error('down'),
    })
    const thrower = make({
      now,
      replay: {
        once: () => {
          throw new Error('down')
        },
      },
    })
    expect(await thrower.verify(body, sign(nowS))).toMatchObject({ ok: false, code: 'store_unavailable' })
    const hung = make({ now, storeTimeoutMs: 20, replay: { once: () => new Promise(() => undefined) } })
    expect(await hung.verify(body, sign(nowS))).toMatchObject({ ok: false, code: 'store_unavailable' })
    const odd = make({ now, replay: { once: async () => 'OK' as unknown as boolean } })
    expect(await odd.verify(body, sign(nowS))).toMatchObject({ ok: false, code: 'replayed' })
  })

  it('never throws for headers, and is quick with 100 kB', async () => {
    const names = Object.keys(sign(nowS))
    const piece = fc.constantFrom('t=', 'v1=', 'v1,', 'v1a,', ',', ' ', '=', String(nowS), 'a'.repeat(64), 'AAAA', '.')
    const text = fc.oneof(
      fc.string({ unit: codeUnit }),
      fc.array(piece).map((parts) => parts.join('')),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(text, { minLength: 3, maxLength: 3 }), async (values) => {
        const headers = Object.fromEntries(names.map((name, i) => [name, values[i]]))
        expect((await webhook.verify(body, headers)).ok).toBe(false)
      }),
    )
    const started = performance.now()
    for (const unit of [',', ' ', 'v1=', 't=1,', 'v1,A ', '='])
      await webhook.verify(body, Object.fromEntries(names.map((name) => [name, unit.repeat(100_000)])))
    expect(performance.now() - started).toBeLessThan(500)
  })
})

describe("Stripe's header", () => {
  it.each<[string, (good: string) => string]>([
    ['two times', (good) => `t=${nowS - 1},${good}`],
    ['a time in other digits', (good) => good.replace('t=', 't=0')],
    ['no time', (good) => good.replace('t=', 'x=')],
    ['a signature in capitals', (good) => good.replace(/v1=.*/, (v1) => `v1=${v1.slice(3).toUpperCase()}`)],
    ['a signature of another length', (good) => good.slice(0, -2)],
    ['no signature of a version that counts', (good) => good.replace('v1=', 'v0=')],
  ])('with %s is refused', async (_name, change) => {
    const webhook = new StripeWebhook({ secrets: [stripeSecret], now: () => nowS * 1000 })
    const header = change(signStripeWebhook(stripeSecret, nowS, body))
    expect(await webhook.verify(body, { 'stripe-signature': header })).toMatchObject({ code: 'malformed' })
  })
})

describe('rotation', () => {
  // A named regression: during a rotation a delivery carries two signatures, and each alone is good. Sent once with the
  // one and once with the other it is still the same delivery.
  it('does not let a delivery pass once per signature', async () => {
    const now = (): number => nowS * 1000
    const stripe = new StripeWebhook({ secrets: [stripeSecret, otherStripeSecret], now, replay: memoryStore(now) })
    const first = { 'stripe-signature': signStripeWebhook(stripeSecret, nowS, body) }
    const second = { 'stripe-signature': signStripeWebhook(otherStripeSecret, nowS, body) }
    expect((await stripe.verify(body, first)).ok).toBe(true)
    expect(await stripe.verify(body, second)).toMatchObject({ code: 'replayed' })

    const secrets = [standardSecret, publicSecret]
    const standard = new StandardWebhook({ secrets, now, replay: memoryStore(now) })
    const message = { id: 'msg_1', timestampS: nowS, body }
    expect((await standard.verify(body, { ...signStandardWebhook([standardSecret], message) })).ok).toBe(true)
    expect(await standard.verify(body, { ...signStandardWebhook([privateSecret], message) })).toMatchObject({
      code: 'replayed',
    })
  })

  it('accepts either of two signatures, and skips versions it does not know', async () => {
    const now = (): number => nowS * 1000
    const headers = signStandardWebhook([otherStandardSecret, standardSecret, privateSecret], {
      id: 'msg_1',
      timestampS: nowS,
      body,
    })
    expect(headers['webhook-signature'].split(' ')).toHaveLength(3)
    for (const secret of [standardSecret, otherStandardSecret, publicSecret]) {
      const webhook = new StandardWebhook({ secrets: [secret], now })
      const withNewer = { ...headers, 'webhook-signature': `v2,xyz ${headers['webhook-signature']}` }
      expect(await webhook.verify(body, withNewer)).toMatchObject({ ok: true, id: 'msg_1' })
    }
    const stripe = new StripeWebhook({ secrets: [stripeSecret], now })
    const both = `${signStripeWebhook(stripeSecret, nowS, body)},v0=${'0'.repeat(64)},v1=${'0'.repeat(64)}`
    expect(await stripe.verify(body, { 'stripe-signature': both })).toMatchObject({ ok: true })
  })
})

// The senders' own packages, both ways: what they sign passes here, what is signed here passes there.
describe('the stripe package', () => {
  const stripe = new Stripe(`sk_test_${randomBytes(12).toString('hex')}`)

  it('agrees', async () => {
    const clockS = Math.floor(Date.now() / 1000)
    const webhook = new StripeWebhook({ secrets: [stripeSecret] })
    const theirs = stripe.webhooks.generateTestHeaderString({
      payload: body.toString(),
      secret: stripeSecret,
      timestamp: clockS,
    })
    expect(await webhook.verify(body, { 'stripe-signature': theirs })).toMatchObject({ ok: true })
    const ours = signStripeWebhook(stripeSecret, clockS, body)
    expect(ours).toBe(theirs)
    expect(stripe.webhooks.constructEvent(body, ours, stripeSecret).id).toBe('evt_1')
    expect(() => stripe.webhooks.constructEvent(body, ours, otherStripeSecret)).toThrow(/signature/)
  })
})

describe('the standardwebhooks package', () => {
  it('agrees', async () => {
    const clock = new Date()
    const clockS = Math.floor(clock.getTime() / 1000)
    const webhook = new StandardWebhook({ secrets: [standardSecret] })
    const theirs = new Webhook(standardSecret)
    expect(
      await webhook.verify(body, {
        'webhook-id': 'msg_2KWPBgLlAfxdpx2AI54pPJ85f4W',
        'webhook-timestamp': String(clockS),
        'webhook-signature': theirs.sign('msg_2KWPBgLlAfxdpx2AI54pPJ85f4W', clock, body),
      }),
    ).toMatchObject({ ok: true, id: 'msg_2KWPBgLlAfxdpx2AI54pPJ85f4W' })
    const ours = signStandardWebhook([privateSecret, standardSecret], { id: 'msg_1', timestampS: clockS, body })
    expect(theirs.verify(body, { ...ours })).toEqual(JSON.parse(body.toString()))
    await fc.assert(
      fc.asyncProperty(fc.string({ minLength: 1 }), fc.stringMatching(/^[\w-]{1,30}$/), async (text, id) => {
        const bytes = Buffer.from(text)
        const signed = { ...signStandardWebhook([standardSecret], { id, timestampS: clockS, body: bytes }) }
        expect(theirs.sign(id, clock, bytes)).toBe(signed['webhook-signature'])
        expect(await webhook.verify(bytes, signed)).toMatchObject({ ok: true, id })
      }),
    )
    expect(() => new Webhook(otherStandardSecret).verify(body, { ...ours })).toThrow(/No matching/)
  })
})

describe('options', () => {
  it('take as many secrets as a rotation can need', async () => {
    const stripe = Array.from({ length: 7 }, (_, i) => `${otherStripeSecret}${i}`)
    const now = (): number => nowS * 1000
    const webhook = new StripeWebhook({ secrets: [...stripe, stripeSecret], now })
    const headers = { 'stripe-signature': signStripeWebhook(stripeSecret, nowS, body) }
    expect(await webhook.verify(body, headers)).toMatchObject({ ok: true })
  })

  it.each([
    () => new StripeWebhook({ secrets: [] }),
    () => new StripeWebhook({ secrets: ['short'] }),
    () => new StripeWebhook({ secrets: [`${stripeSecret}\n`] }),
    () => new StripeWebhook({ secrets: Array.from({ length: 9 }, () => stripeSecret) }),
    () => new StripeWebhook({ secrets: [stripeSecret], toleranceS: 0 }),
    () => new StripeWebhook({ secrets: [stripeSecret], toleranceS: 3601 }),
    () => new StripeWebhook({ secrets: [stripeSecret], storeTimeoutMs: 0 }),
    () => new StandardWebhook({ secrets: [] }),
    () => new StandardWebhook({ secrets: ['whsec_'] }),
    () => new StandardWebhook({ secrets: ['whsec_c2hvcnQ='] }),
    () => new StandardWebhook({ secrets: ['whsec_not base64!'] }),
    () => new StandardWebhook({ secrets: [privateSecret] }),
    () => new StandardWebhook({ secrets: ['whpk_c2hvcnQ='] }),
    () => signStandardWebhook([publicSecret], { id: 'a', timestampS: 1, body }),
    () => signStandardWebhook([standardSecret], { id: 'a.b', timestampS: 1, body }),
    () => signStandardWebhook([standardSecret], { id: 'a', timestampS: 1.5, body }),
    () => signStandardWebhook([], { id: 'a', timestampS: 1, body }),
    () => signStripeWebhook(stripeSecret, 0, body),
  ])('are refused, and no secret is shown: %#', (make) => {
    expect(make).toThrow(RangeError)
    expect(make).toThrow(/^(?!.*(?:4dGh8|c2hvcnQ|not base64!))/s)
  })
})
