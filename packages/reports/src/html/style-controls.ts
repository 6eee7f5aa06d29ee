/** The filter bar, the rows and their details, the closing cards, print. */
export const STYLE_CONTROLS = `.filters{position:sticky;top:0;z-index:3;margin:44px -12px 0;padding:12px;background:color-mix(in srgb,var(--paper) 92%,transparent);backdrop-filter:blur(10px);display:flex;flex-wrap:wrap;gap:10px;border-bottom:1px solid var(--line)}
.fields{flex:1 1 480px;display:grid;grid-template-columns:minmax(0,1fr) 210px;gap:10px}
.fields label{display:grid}
input,select,button{font:inherit;color:inherit;border:1px solid var(--edge);background:var(--card);border-radius:10px}
input,select{min-height:44px;padding:0 14px;font-size:16px;min-width:0;width:100%}
input::placeholder{color:var(--soft);opacity:1}
.chips{flex:1 0 100%;display:flex;flex-wrap:wrap;gap:5px}
details[open] .because{color:var(--ink)}
.tools button{min-height:44px}
button{cursor:pointer;min-height:34px;padding:0 12px;font-size:14px}
button:hover{border-color:var(--ink)}
.chip{padding:0 9px;font-size:13.5px;display:inline-flex;align-items:center;gap:6px;border-radius:17px;border-color:var(--line);font-weight:550}
.chip span{color:var(--soft);font-variant-numeric:tabular-nums;font-weight:400}
.chip.good .i{color:var(--good)}.chip.bad .i{color:var(--bad)}.chip.open .i{color:var(--open)}
.chip[aria-pressed=true]{background:var(--ink);color:var(--paper);border-color:var(--ink)}
.chip[aria-pressed=true] .i,.chip[aria-pressed=true] span{color:inherit}
.tools{display:flex;align-items:center;gap:8px;font-size:14px}
.tools p{color:var(--soft);margin:0 4px 0 0;font-variant-numeric:tabular-nums}
.group{margin-top:36px}
.group .n{color:var(--soft);font-weight:500;font-variant-numeric:tabular-nums;margin-left:4px}
.about{color:var(--soft);font-size:15px;margin:4px 0 14px}
.control{background:var(--card);border:1px solid var(--line);border-radius:14px;margin-top:8px;overflow:clip}
.control[open]{box-shadow:var(--glow);border-color:var(--edge)}
.group.bad .control{border-left:4px solid var(--bad-solid)}
.group.open .control{border-left:4px solid var(--open-line)}
.group.good .control{border-left:4px solid var(--good-line)}
.group.none .control{border-left:4px dashed var(--line)}
summary{display:grid;grid-template-columns:74px minmax(0,1fr) auto auto 14px;gap:14px;align-items:center;padding:13px 18px;cursor:pointer;list-style:none}
summary::-webkit-details-marker{display:none}
summary::after{content:"";width:8px;height:8px;border-right:2px solid var(--soft);border-bottom:2px solid var(--soft);transform:rotate(45deg) translate(-2px,-2px);transition:transform .15s;grid-column:5}
details[open]>summary::after{transform:rotate(-135deg) translate(-2px,-2px)}
summary:hover{background:var(--sunk)}
summary:focus-visible{outline-offset:-3px;border-radius:12px}
summary .id{font-weight:700;font-size:14px;letter-spacing:.01em;font-variant-numeric:tabular-nums;white-space:nowrap;grid-column:1}
summary h3{font-size:16px;font-weight:550;line-height:1.4;letter-spacing:-.005em;text-wrap:pretty}
.what{grid-column:2;min-width:0}
.because{font-size:14px;color:var(--soft);line-height:1.45;margin-top:2px}
summary .target{font-size:13px;color:var(--soft);grid-column:3;max-width:180px}
summary .pill{grid-column:4}
details[open]>summary{border-bottom:1px solid var(--line)}
.pill{display:inline-flex;align-items:center;gap:6px;height:26px;padding:0 10px;border-radius:13px;font-size:13px;font-weight:600;white-space:nowrap;border:1px solid var(--line);color:var(--soft)}
.pill .i{font-size:12px}
.pill.good{background:var(--good-bg);border-color:var(--good-line);color:var(--good)}
.pill.bad{background:var(--bad-solid);border-color:var(--bad-solid);color:#fff}
.pill.open{background:var(--open-bg);border-color:var(--open-line);color:var(--open)}
.body{padding:20px 22px 24px 22px;display:grid;gap:18px;scroll-margin-top:72px}
.body h4{font-size:15px;font-weight:650;letter-spacing:-.005em;line-height:1.4}
.reason{font-size:17px;max-width:70ch;white-space:pre-wrap;text-wrap:pretty}
.finding{border:1px solid var(--line);border-radius:12px;background:var(--sunk);padding:16px 18px;display:grid;gap:12px}
.finding h4{font-size:16px}
.label{font-size:13px;font-weight:650;color:var(--soft)}
.where{display:flex;gap:10px;align-items:baseline;font-size:15px}
.pair{display:grid;grid-template-columns:1fr 1fr;gap:10px}
.pair>div{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:10px 14px;min-width:0}
.pair p{font-size:15px;white-space:pre-wrap}
.pair .seen p{font-family:ui-monospace,"SF Mono",SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace;font-size:13.5px;line-height:1.6}
.pair .expected{border-top:3px solid var(--good)}
.pair .seen{border-top:3px solid var(--open)}
.group.bad .pair .seen{border-top-color:var(--bad-solid)}
.mend{display:grid;grid-template-columns:auto minmax(0,1fr);gap:10px;align-items:baseline;font-size:15px}
.mend p{white-space:pre-wrap}
.finding .code{font-size:13px;color:var(--soft)}
.prose{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,320px),1fr));gap:18px 32px;font-size:15px}
.prose p{white-space:pre-wrap;text-wrap:pretty;max-width:66ch}
.aspects{display:flex;flex-wrap:wrap;gap:6px 8px;margin-top:-8px}
.aspects li{display:flex;flex-wrap:wrap;row-gap:0;align-items:center;gap:6px;font-size:14px;border:1px solid var(--line);border-radius:8px;padding:3px 10px;max-width:100%}
.aspects b{font-weight:600}
.aspects span{color:var(--soft)}
.aspects .good .i{color:var(--good)}.aspects .bad .i{color:var(--bad)}.aspects .open .i{color:var(--open)}
.proof{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,160px),1fr));gap:12px 24px;font-size:15px;margin-top:-8px}
.proof dt{color:var(--soft);font-size:13px}
.proof .wide{grid-column:1/-1}
.proof .did{margin-right:10px;white-space:nowrap}
.card{margin-top:36px;background:var(--card);border:1px solid var(--line);border-radius:16px;padding:24px 26px;box-shadow:var(--glow)}
.card h2{font-size:20px;margin-bottom:14px}
.card .proof{margin-top:0}
.card>ul{display:grid;gap:8px}
.facts+.about{margin:14px 0 0}
.facts li{display:grid;grid-template-columns:190px 80px minmax(0,1fr);gap:14px;font-size:15px}
.facts b{font-weight:600}
.facts .state{color:var(--soft)}
.facts .how{font-size:14px;color:var(--soft)}
footer{color:var(--soft);font-size:14px;padding-top:36px;padding-bottom:56px}
@media (max-width:760px){
.filters{position:static;margin-left:0;margin-right:0;padding:12px 0}
.fields{grid-template-columns:minmax(0,1fr)}
.body{scroll-margin-top:165px}
summary{grid-template-columns:auto minmax(0,1fr) 14px;gap:6px 10px;padding:14px}
summary .pill{grid-column:2;grid-row:1;justify-self:end}
summary::after{grid-column:3;grid-row:1}
summary .what{grid-column:1/-1;grid-row:2}
.fields{flex:1 0 100%}
.tools{flex:1 0 100%}
.tools p{margin-right:auto}
summary .target{grid-column:1/-1;grid-row:3;max-width:none}
.body{padding:16px 14px 20px}
.finding{padding:14px}
.pair{grid-template-columns:minmax(0,1fr)}
.where,.mend{grid-template-columns:minmax(0,1fr);flex-direction:column;gap:2px}
.facts li{grid-template-columns:1fr auto;gap:2px 12px}
.facts .how{grid-column:1/-1}
.card{padding:20px 16px}
}
@media print{
:root{--paper:#fff;--card:#fff;--sunk:#fff;--ink:#000;--soft:#444;--glow:none}
body{font-size:11pt}
.filters,.skip{display:none}
.control,.finding,.family{break-inside:avoid}
.control[open]{break-inside:auto}
.tile,.pill,.bar{print-color-adjust:exact;-webkit-print-color-adjust:exact}
}
`
