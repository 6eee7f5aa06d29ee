import { usePageData } from '../client/page-data.ts'
import { useSite } from '../client/site.ts'
import { ButtonLink, DegradedBanner, Empty } from '../design/index.ts'
import { ConciergeCards } from './concierge.tsx'
import { EntryCard } from './entry-card.tsx'
import { Media } from './media.tsx'
import { StaleBanner } from './page-state.tsx'
import type { Entry } from './public-data.ts'

export function Page() {
  const data = usePageData()
  const site = useSite()
  const home = data.page === 'home' ? data : null
  return (
    <div className="home">
      <Hero hero={home?.hero ?? null} title={site.site_title} tagline={site.tagline} signUp={site.sign_up_enabled} />
      <div className="page">
        {/* Where nothing is known, it is said below that it is missing. */}
        <StaleBanner stale={data.stale && home?.posts !== null} />
        <section aria-labelledby="newest">
          <div className="section-head">
            <h2 id="newest">Newest posts</h2>
            <ButtonLink to="/posts" kind="quiet" small>
              All posts
            </ButtonLink>
          </div>
          {home?.posts ? <Posts posts={home.posts} /> : <NoPosts />}
        </section>
        {site.concierge_enabled ? <ConciergeCards /> : null}
      </div>
    </div>
  )
}

function NoPosts() {
  return <DegradedBanner>The newest posts can’t be loaded right now. Please come back in a few minutes.</DegradedBanner>
}

function Posts({
  posts,
}: {
  readonly posts: NonNullable<Extract<ReturnType<typeof usePageData>, { page: 'home' }>['posts']>
}) {
  if (posts.length === 0) return <Empty title="There is no post yet" />
  return (
    <div className="entry-grid">
      {posts.map((entry) => (
        <EntryCard key={entry.slug} entry={entry} base="/posts" />
      ))}
    </div>
  )
}

interface HeroProps {
  readonly hero: Entry | null
  readonly title: string
  readonly tagline: string
  readonly signUp: boolean
}

/** What the content service says; without it what the settings say, which is never nothing. */
function Hero({ hero, title, tagline, signUp }: HeroProps) {
  return (
    <section className="hero" aria-labelledby="hero-title">
      <div className="hero-inner" data-media={hero?.media ? 'true' : 'false'}>
        <div className="hero-text">
          {hero ? <p className="hero-kicker">{title}</p> : null}
          <h1 id="hero-title" tabIndex={-1}>
            {hero?.title ?? title}
          </h1>
          <p className="lead">{hero?.summary ?? tagline}</p>
          {hero && hero.body_html !== '' ? (
            <div className="hero-body" dangerouslySetInnerHTML={{ __html: hero.body_html }} />
          ) : null}
          <div className="actions">
            {signUp ? (
              <ButtonLink to="/sign-up" kind="primary">
                Get started
              </ButtonLink>
            ) : null}
            <ButtonLink to="/docs">Read the documentation</ButtonLink>
          </div>
        </div>
        {hero?.media ? (
          <div className="hero-media">
            <Media media={hero.media} eager />
          </div>
        ) : null}
      </div>
    </section>
  )
}
