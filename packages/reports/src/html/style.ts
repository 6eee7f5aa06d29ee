import { STYLE_CONTROLS } from './style-controls.ts'

const COLORS_DARK = `--paper:#0e1213;--card:#161c1d;--sunk:#1c2425;--ink:#eaf0ee;--soft:#a5b2af;--line:#2b3636;--edge:#7d8b88;
--good:#5fd39a;--good-bg:#12301f;--good-line:#1f5a3a;--bad:#ff9a8f;--bad-bg:#3a1714;--bad-line:#7c2f28;--bad-solid:#c8372a;--open:#f1c264;--open-bg:#302509;--open-line:#6b5318;--focus:#8cc6ff;--glow:0 0 0 1px #ffffff08`

const COLORS_LIGHT = `--paper:#f6f7f4;--card:#ffffff;--sunk:#f1f3ef;--ink:#15201d;--soft:#55635e;--line:#dde2dc;--edge:#79867f;
--good:#0a6a40;--good-bg:#e3f4ea;--good-line:#a9d8be;--bad:#a8201a;--bad-bg:#fdecea;--bad-line:#f0b7b1;--bad-solid:#c42b20;--open:#7a4f00;--open-bg:#fdf3da;--open-line:#e6cb8c;--focus:#0b57d0;--glow:0 1px 2px #15201d0d,0 8px 24px -16px #15201d33`

const STYLE_PAGE = `:root{color-scheme:light dark;${COLORS_LIGHT}}
@media (prefers-color-scheme:dark){:root{${COLORS_DARK}}}
*{box-sizing:border-box}
html{scroll-behavior:smooth;scroll-padding-top:130px;-webkit-text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 "Inter",system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;font-feature-settings:"cv11","ss03";overflow-wrap:anywhere}
main,.top,footer{max-width:1120px;margin:0 auto;padding:0 24px}
h1,h2,h3,h4,p,ul,dl,dd{margin:0;padding:0}
ul{list-style:none}
code,.mono{font-family:ui-monospace,"SF Mono",SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace;font-size:.86em}
[hidden]{display:none!important}
.hear{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.sheet{position:absolute}
.i{width:1em;height:1em;flex:none;fill:none;stroke:currentColor;stroke-width:2;stroke-linecap:round;stroke-linejoin:round}
a{color:inherit}
:focus-visible{outline:3px solid var(--focus);outline-offset:2px;border-radius:6px}
#controls:focus{outline:none}
.skip{position:absolute;left:16px;top:-80px;background:var(--ink);color:var(--paper);padding:10px 16px;border-radius:8px;z-index:9}
.skip:focus{top:12px}
.top{display:flex;align-items:center;justify-content:space-between;gap:16px;padding-top:22px;padding-bottom:18px;font-size:14px}
.brand{display:flex;align-items:center;gap:8px;font-weight:650;letter-spacing:-.01em;font-size:16px}
.brand svg{width:20px;height:20px;fill:none;stroke:var(--good);stroke-width:2.4;stroke-linecap:round}
.when{color:var(--soft);font-variant-numeric:tabular-nums}
.hero{background:var(--card);border:1px solid var(--line);border-radius:20px;padding:36px 40px 30px;box-shadow:var(--glow);position:relative;overflow:hidden}
.hero::before{content:"";position:absolute;inset:0 0 auto;height:5px;background:var(--tone)}
.hero.green{--tone:var(--good);--wash:var(--good-bg)}
.hero.red{--tone:var(--bad-solid);--wash:var(--bad-bg)}
.hero.partial{--tone:light-dark(#b87a00,#f1c264);--wash:var(--open-bg)}
.said{display:grid;grid-template-columns:minmax(0,1fr) 200px;gap:32px;align-items:center}
.said>div{grid-column:1;grid-row:1}
.gate{grid-column:2;width:200px;height:auto;overflow:visible}
.gate .ground{stroke:var(--line);stroke-width:3;stroke-linecap:round;fill:none}
.gate .rest{stroke:var(--line);stroke-width:8;fill:none}
.gate .post{fill:var(--ink)}
.gate .lamp{fill:var(--tone);stroke:var(--card);stroke-width:2.5}
.gate .boom{fill:var(--wash);stroke:var(--tone);stroke-width:2}
.gate .stripe{fill:var(--tone)}
.eyebrow{color:var(--soft);font-size:14px;margin-bottom:4px}
.eyebrow::first-letter{text-transform:uppercase}
h1{font-size:clamp(34px,6vw,56px);line-height:1.06;letter-spacing:-.035em;font-weight:700}
h1 .name{display:block;font-size:22px;letter-spacing:-.015em;font-weight:600;line-height:1.3;margin-bottom:6px}
h1 .word{color:var(--tone)}
.hero.red .word{color:var(--bad)}
.hero.partial .word{color:var(--open)}
.sentence{font-size:18px;margin-top:12px;max-width:56ch;text-wrap:pretty}
.reasons{margin-top:14px;display:grid;gap:6px;color:var(--soft);font-size:15px}
.reasons li{padding-left:14px;border-left:3px solid var(--line)}
.coverage{margin-top:30px}
.bar{display:block;width:100%;height:14px;border-radius:7px}
.bar .all{fill:var(--sunk)}
.bar .required{fill:var(--edge);opacity:.45}
.bar .proved{fill:var(--good)}
.coverage dl{display:flex;flex-wrap:wrap;gap:12px 40px;margin-top:16px}
.coverage dl div{display:flex;flex-direction:column-reverse}
.coverage dt{color:var(--soft);font-size:14px;display:flex;align-items:center;gap:7px}
.coverage dt::before{content:"";width:10px;height:10px;border-radius:3px;background:var(--sunk);border:1px solid var(--edge)}
.coverage .proved dt::before{background:var(--good);border-color:var(--good)}
.coverage .required dt::before{background:color-mix(in srgb,var(--edge) 45%,var(--sunk))}
.coverage .took{margin-left:auto}
.coverage .took dt::before{display:none}
.coverage dd{font-size:28px;font-weight:650;letter-spacing:-.02em;line-height:1.2;font-variant-numeric:tabular-nums;white-space:nowrap}
h2{font-size:24px;letter-spacing:-.02em;line-height:1.25;font-weight:650}
.map{margin-top:44px}
.families{margin-top:16px;background:var(--card);border:1px solid var(--line);border-radius:16px;padding:6px 20px;box-shadow:var(--glow)}
.family{display:grid;grid-template-columns:316px minmax(0,1fr);gap:24px;padding:11px 0;align-items:start}
.family+.family{border-top:1px solid var(--line)}
.family h3{font-size:14px;font-weight:500;display:flex;gap:8px;align-items:baseline;line-height:1.4;padding-top:4px}
.family abbr{font-weight:700;text-decoration:none;min-width:36px;font-size:13px;letter-spacing:.03em}
.family .long{color:var(--soft)}
.family .tally{margin-left:auto;white-space:nowrap;color:var(--soft);font-variant-numeric:tabular-nums}
.family ul{display:flex;flex-wrap:wrap;gap:5px}
.tile{display:inline-flex;align-items:center;justify-content:center;gap:4px;min-width:50px;height:28px;padding:0 7px;border-radius:7px;border:1px solid var(--line);font-size:13px;font-weight:600;text-decoration:none;font-variant-numeric:tabular-nums;background:var(--card);color:var(--soft);transition:opacity .15s,transform .12s}
.tile .i{font-size:12px}
a.tile:hover{transform:translateY(-2px)}
.tile.good{background:var(--good-bg);border-color:var(--good-line);color:var(--good)}
.tile.bad{background:var(--bad-solid);border-color:var(--bad-solid);color:#fff}
.tile.open{background:var(--open-bg);border-color:var(--open-line);color:var(--open)}
.tile.none{border-style:dashed;border-color:var(--edge)}
.tile.dim{opacity:.22}
.legend{display:grid;grid-template-columns:repeat(auto-fill,minmax(300px,1fr));gap:8px 24px;margin-top:16px;font-size:14px;color:var(--soft)}
.legend li{display:grid;grid-template-columns:auto minmax(0,1fr);column-gap:10px;align-items:baseline}
.legend li>.tile{grid-row:1/3;align-self:center;min-width:58px}
.legend b{color:var(--ink);font-weight:600}
.legend span:last-child{grid-column:2}
@media (max-width:760px){
html{scroll-padding-top:12px}
.coverage dd{font-size:24px}
main,.top,footer{padding-left:16px;padding-right:16px}
.hero{padding:26px 20px 22px;border-radius:16px}
.said{grid-template-columns:minmax(0,1fr);gap:18px}
.said>div{grid-row:2}
.gate{grid-column:1;width:116px}
.coverage dl{display:grid;grid-template-columns:1fr 1fr;gap:14px 16px}
.coverage .took{margin-left:0}
.sentence{font-size:17px}
.family{grid-template-columns:minmax(0,1fr);gap:6px}
.families{padding:4px 14px}
.legend{grid-template-columns:minmax(0,1fr)}
}
@media (prefers-reduced-motion:reduce){*{transition:none!important;scroll-behavior:auto!important}}
`

/** All of the page's style; its hash stands in the page's policy. */
export const STYLE = STYLE_PAGE + STYLE_CONTROLS
