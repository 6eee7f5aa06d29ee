import type { StandardKey } from '@greengate/contracts'

/** What the reference application itself offers. Not a control: nobody else's service has to have it. */
export interface Capability {
  readonly id: `PLT-${string}`
  readonly title: string
  /** The standards whose product it is taken from. */
  readonly standards: readonly StandardKey[]
}

/** The capabilities of the reference platform, on which the gate runs and from which a team starts. */
export const CAPABILITIES: readonly Capability[] = [
  {
    id: 'PLT-01',
    title: 'Hero page from platform settings and CMS content, rendered with the CMS down',
    standards: ['G'],
  },
  {
    id: 'PLT-02',
    title:
      "Billing: plan, subscription, invoice; card payments by a provider's tokens, webhooks verified and replayable",
    standards: ['G', 'R'],
  },
  {
    id: 'PLT-03',
    title: 'Usage metering, write-once, aggregated',
    standards: ['G'],
  },
  {
    id: 'PLT-04',
    title: 'Organisations, members, roles, invitations; no user without one',
    standards: ['G', 'S'],
  },
  {
    id: 'PLT-05',
    title: 'Single sign-on (OIDC and SAML), metadata checked when saved',
    standards: ['G'],
  },
  {
    id: 'PLT-06',
    title: 'SCIM 2.0 provisioning',
    standards: ['G'],
  },
  {
    id: 'PLT-07',
    title:
      'CMS: posts, docs, hero, drafts and publishing, media (media_id, type, width, height, checksum) in S3-compatible storage under `media/hero/ media/posts/ media/docs/`',
    standards: ['G'],
  },
  {
    id: 'PLT-08',
    title: 'Platform settings, open to the founder key only',
    standards: ['G'],
  },
  {
    id: 'PLT-09',
    title: 'Product catalogue and cart to checkout, cached and primed',
    standards: ['R'],
  },
  {
    id: 'PLT-10',
    title: 'Concierge: recommendations and weather from outside providers, cached fallback, off switch',
    standards: ['R'],
  },
  {
    id: 'PLT-11',
    title: 'Push notifications with token life cycle, internal test route',
    standards: ['R'],
  },
  {
    id: 'PLT-12',
    title: 'Web client with an error boundary on every route; installable',
    standards: ['G', 'R'],
  },
  {
    id: 'PLT-13',
    title: 'Mobile client (Expo) for catalogue, cart, checkout, push',
    standards: ['R'],
  },
  {
    id: 'PLT-14',
    title: 'Sign-up, sign-in, MFA, sessions, API keys, consent, export, deletion',
    standards: ['S', 'F'],
  },
  {
    id: 'PLT-15',
    title:
      'Several services behind one gateway (gateway, platform, content, worker), each with its own probes and metrics',
    standards: ['C'],
  },
  {
    id: 'PLT-16',
    title:
      'Operations kit shipped with it: container images, compose, Kubernetes, Terraform, alerts, dashboards, runbooks, smoke collection',
    standards: ['C', 'R', 'F'],
  },
]
