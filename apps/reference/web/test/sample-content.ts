import { pngOf } from '../src/build/png.ts'

/** What a CMS with something in it answers. */

const at = (day: string): string => `2026-${day}T09:30:00.000Z`

function media(folder: string, name: string, width: number, height: number, alt: string) {
  return { media_id: name, type: 'image', width, height, url: `/media/${folder}/${name}.png`, alt }
}

function entry(kind: string, slug: string, title: string, summary: string, day: string, more: object = {}) {
  return {
    kind,
    slug,
    title,
    summary,
    body_html: `<h2>Where to begin</h2><p>${summary} Here is <a href="/docs/first-steps">the first step</a>, and <code>npm run platform</code>.</p><pre><code>curl -X POST https://example.test/v1/usage-events</code></pre><ul><li>One call</li><li>One key</li></ul><blockquote><p>Written once, read often.</p></blockquote>`,
    published_at: at(day),
    updated_at: at(day),
    media: null,
    version: 1,
    ...more,
  }
}

export const hero = entry(
  'hero',
  'hero',
  'Metering you can send an invoice from',
  'Record what your customers use, once and exactly. See it by the hour, by the month, and in their currency.',
  '11-01',
  { body_html: '', media: media('hero', 'hero', 1200, 800, 'Bars of usage rising over a year') },
)

export const posts = [
  entry(
    'post',
    'late-events',
    'Late events, counted where they belong',
    'An event of last month that comes today changes last month, and says so.',
    '11-14',
    {
      media: media('posts', 'late', 1200, 675, ''),
    },
  ),
  entry(
    'post',
    'keys-for-ever',
    'A key names one event for ever',
    'Why sending the same thing twice is the safest thing you can do.',
    '11-07',
    {
      updated_at: at('11-09'),
      media: media('posts', 'keys', 1200, 675, ''),
    },
  ),
  entry(
    'post',
    'roles',
    'Four roles, and no more',
    'Owner, admin, member, viewer: what each may do, and why there is no fifth.',
    '10-28',
  ),
  entry('post', 'hello', 'Hello', 'The first post of this site.', '10-20'),
]

export const docs = [
  entry('doc', 'first-steps', 'First steps', 'From signing up to the first event, in five minutes.', '10-01'),
  entry(
    'doc',
    'usage-events',
    'Usage events',
    'What an event holds, how it is written, and when it is refused.',
    '10-02',
  ),
  entry('doc', 'members', 'Members and roles', 'Inviting people, and what they may do.', '10-03'),
]

export const settings = {
  site_title: 'Greengate',
  tagline: 'Metered services, from the first event to the bill.',
  accent: '#0b6e4f',
  support_email: 'support@example.com',
  concierge_enabled: true,
  sign_up_enabled: true,
}

export const recommendations = {
  recommendations: [
    {
      id: 'r-1',
      title: 'Metering in an afternoon',
      reason: 'Often read after the overview.',
      url: '/docs/first-steps',
    },
    { id: 'r-2', title: 'Closing a month', reason: 'Because the month ends soon.', url: '/docs/usage-events' },
  ],
  isFallback: true,
  age_ms: 90_000,
}

export const weather = { place: 'Berlin', temperature_c: 7.4, condition: 'Cloudy', isFallback: false, age_ms: 1200 }

/** A picture that is big enough to matter: hills in the colours of the site. */
export function picture(width: number, height: number): Buffer {
  const pixels = new Uint8Array(width * height * 4)
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const ridges = [0.45, 0.62, 0.8].map(
        (base, index) => base + 0.08 * Math.sin((x / width) * (5 + index * 3) + index),
      )
      const sky = ridges.filter((ridge) => y / height < ridge).length
      pixels.set([30 + 40 * sky, 120 + 28 * sky, 95 + 30 * sky, 255], (y * width + x) * 4)
    }
  }
  return pngOf(width, height, pixels)
}
