/** Something to read, as an editor would type it. */
export interface SeededEntry {
  readonly kind: 'hero' | 'post' | 'doc'
  readonly slug: string
  readonly title: string
  readonly summary: string
  readonly body_markdown: string
  readonly picture?: { readonly hue: number; readonly alt: string }
  /** `later`: in a week, so that there is something scheduled to see; `never`: a draft. */
  readonly release: 'now' | 'later' | 'never'
}

const lines = (...text: readonly string[]): string => text.join('\n\n')

export const ENTRIES: readonly SeededEntry[] = [
  {
    kind: 'hero',
    slug: 'home',
    title: 'Know what your product was used for',
    summary: 'Meter every event once, see it in seconds, and stand by the bill.',
    body_markdown: lines(
      'Northwind counts what your customers use, keeps every event exactly once, and adds it up by hour, day and month.',
      'Send the same event twice and it still counts once. Send it late and it is marked, never lost.',
    ),
    picture: { hue: 158, alt: 'Green hills under a pale morning sky with a low sun' },
    release: 'now',
  },
  {
    kind: 'post',
    slug: 'late-events',
    title: 'What happens to an event that comes late',
    summary: 'A closed month stays closed, and nothing that arrives afterwards is lost.',
    body_markdown: lines(
      'Devices lose their connection, queues fill up, and a laptop sleeps in a bag over the weekend. So events come late.',
      '## Three days of patience',
      'A month stays open for **72 hours** after its end. Whatever arrives by then counts as if it had been on time.',
      '## Ninety days of memory',
      'What comes later is taken for 90 days, marked as `late`, and shown beside the month it belongs to. The sum that you ' +
        'have sent to a customer does not change behind your back.',
      'Only what is older than that, or claims to come from the future, is refused, and the answer says why.',
    ),
    picture: { hue: 24, alt: 'Orange hills at dusk' },
    release: 'now',
  },
  {
    kind: 'post',
    slug: 'one-key-one-event',
    title: 'One key, one event, for ever',
    summary: 'Why every usage event carries a key of its own, and what it saves you from.',
    body_markdown: lines(
      'A network that fails after the request arrived and before the answer left leaves you with one question: did it count?',
      'With an idempotency key you do not have to know. Send it again:',
      '- the same key and the same event: it is the event from before, and the answer is `200`;\n' +
        '- the same key and another quantity: somebody made a mistake, and the answer is `409`;\n' +
        '- a new key: a new event, `201`.',
      'The database itself keeps that promise. No code path, however hurried, can write a second one.',
    ),
    picture: { hue: 214, alt: 'Blue hills fading into the distance' },
    release: 'now',
  },
  {
    kind: 'post',
    slug: 'roles-that-fit',
    title: 'Four roles, and no more',
    summary: 'Owner, admin, member, viewer: who may do what, in one table.',
    body_markdown: lines(
      'Permissions that nobody can explain are permissions that nobody checks. There are four roles.',
      '| role | reads | records usage | manages people | changes the organisation |\n| --- | --- | --- | --- | --- |\n' +
        '| viewer | yes | | | |\n| member | yes | yes | | |\n| admin | yes | yes | yes, but owners | |\n' +
        '| owner | yes | yes | yes | yes |',
      'The last owner can neither leave nor be demoted: there is always somebody who can let others in.',
    ),
    picture: { hue: 280, alt: 'Violet hills below a round sun' },
    release: 'now',
  },
  {
    kind: 'post',
    slug: 'when-a-provider-is-away',
    title: 'When somebody else is away',
    summary: 'Recommendations and weather come from outside. Here is what you see when they do not.',
    body_markdown: lines(
      'Whatever comes from another company will, one day, not come. We decided what happens then before it happened.',
      'A provider gets three and a half seconds. After that you see what was last known, marked as such, and how old it is. ' +
        'There is no spinner that turns for ever, and nothing else on the page waits.',
      'If it has to be quiet, one switch turns all of it off.',
    ),
    picture: { hue: 196, alt: 'Turquoise hills and a hazy sky' },
    release: 'now',
  },
  {
    kind: 'post',
    slug: 'autumn-release',
    title: 'The autumn release',
    summary: 'Late events, a calmer dashboard, and sessions that you can see and end.',
    body_markdown: lines(
      'This release was about trust in the numbers.',
      '1. **Late events** are marked and counted where they belong.\n2. **Sessions** are listed with the device they were begun ' +
        'on, and each can be ended.\n3. **Invitations** last a week and can be taken back.',
      'Thank you to everybody who wrote to us.',
    ),
    picture: { hue: 42, alt: 'Golden hills with a bright sun' },
    release: 'now',
  },
  {
    kind: 'post',
    slug: 'what-comes-next',
    title: 'What comes next',
    summary: 'A look at the plans for the winter.',
    body_markdown: 'This post is scheduled: readers see it when its time has come, without anybody doing anything.',
    release: 'later',
  },
  {
    kind: 'post',
    slug: 'notes-on-pricing',
    title: 'Notes on pricing',
    summary: 'Not finished.',
    body_markdown: 'A draft. Only those who write here can see it.',
    release: 'never',
  },
  {
    kind: 'doc',
    slug: 'getting-started',
    title: 'Getting started',
    summary: 'From signing up to the first event, in five minutes.',
    body_markdown: lines(
      '1. [Sign up](/sign-up) with your address and the name of your organisation.\n2. Follow the link in the mail.\n3. Record an event:',
      '```sh\ncurl https://localhost:8443/v1/usage-events \\\n  -H "authorization: Bearer $TOKEN" -H "content-type: application/json" \\\n' +
        '  -d \'{"organisation":"your-slug","idempotency_key":"first-event-1","meter":"api_calls","quantity":1}\'\n```',
      'It shows up under **Usage** at once.',
    ),
    picture: { hue: 140, alt: 'Green hills, the first of them close' },
    release: 'now',
  },
  {
    kind: 'doc',
    slug: 'usage-events',
    title: 'Usage events',
    summary: 'What an event is made of, and what is answered.',
    body_markdown: lines(
      'An event says **who** used **what**, **how much** of it, and **when**.',
      '| field | meaning |\n| --- | --- |\n| `organisation` | its slug |\n| `meter` | `api_calls`, `compute_seconds` or `storage_gigabyte_hours` |\n' +
        '| `quantity` | a whole number of at least 1 |\n| `occurred_at` | RFC 3339; left out: now |\n| `idempotency_key` | 8 to 128 characters, yours to choose |',
      'Up to 100 go into one request at `/v1/usage-events/batch`; each gets its own answer.',
    ),
    release: 'now',
  },
  {
    kind: 'doc',
    slug: 'reading-usage',
    title: 'Reading usage',
    summary: 'Sums by hour, day or month, and what they are worth.',
    body_markdown: lines(
      '`GET /v1/usage?organisation=your-slug&period=day&from=2026-11-01T00:00:00Z&to=2026-12-01T00:00:00Z`',
      'Periods are in UTC. `from` counts, `to` does not, so months can be put side by side without counting a day twice.',
    ),
    release: 'now',
  },
  {
    kind: 'doc',
    slug: 'people',
    title: 'People and roles',
    summary: 'Inviting somebody, changing what they may do, letting them go.',
    body_markdown: lines(
      'Admins and owners invite people by mail. An invitation is good for a week, and for one use.',
      'Somebody who has an account already keeps their password: the invitation asks for it.',
      'Nobody but an owner can make, change or remove an owner.',
    ),
    release: 'now',
  },
  {
    kind: 'doc',
    slug: 'sessions',
    title: 'Sessions and passwords',
    summary: 'Where you are signed in, and how to end that.',
    body_markdown: lines(
      'Your account lists every session with the device and address it was begun from. End one, or all others.',
      'Changing the password ends all other sessions. So does resetting it.',
      'After a few wrong passwords an account waits for a while. That is the same for accounts that do not exist.',
    ),
    release: 'now',
  },
  {
    kind: 'doc',
    slug: 'errors',
    title: 'Errors',
    summary: 'One shape for all of them, and a page for each.',
    body_markdown: lines(
      'Every error is JSON with a `code` that stays the same, a message for people, and the `request_id` to quote when you write to us.',
      'A code has a page of its own at `/errors/{code}`: what it means, whether to try again, and when.',
    ),
    release: 'now',
  },
  {
    kind: 'doc',
    slug: 'writing-content',
    title: 'Writing content',
    summary: 'Drafts, versions, publishing and pictures.',
    body_markdown: lines(
      'Members write drafts; admins and owners publish. Each time you save there is a new version, and any of them can be brought back.',
      'Publish now, or give it a time. Pictures are uploaded straight to the store, looked at there, and shown only when they are what they claim to be.',
    ),
    picture: { hue: 330, alt: 'Rose-coloured hills in the evening' },
    release: 'now',
  },
]
