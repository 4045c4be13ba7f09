/* SPDX-License-Identifier: MIT */
/* The style of a pool's page, as lines of a table of strings.  Every pair of colours has a contrast above 4.5. */
/* clang-format off */
":root{color-scheme:light dark;--bg:#fff;--fg:#1c2127;--soft:#f4f6f8;--mute:#57606a;--line:#d5dbe1;--link:#0a58a8;"
"--ok:#17663a;--okbg:#e6f4eb;--bad:#a3260f;--badbg:#fdebe7;--odd:#734a00;--oddbg:#fdf2d3}",
"@media(prefers-color-scheme:dark){:root{--bg:#14181c;--fg:#e4e8ec;--soft:#1d2329;--mute:#a3adb8;--line:#38414a;"
"--link:#8fc1ff;--ok:#86d9a5;--okbg:#17301f;--bad:#ffa393;--badbg:#3d1c16;--odd:#f0c76e;--oddbg:#342a10}}",
"*{box-sizing:border-box}",
"html{-webkit-text-size-adjust:100%;text-size-adjust:100%}",
"body{margin:0 auto;max-width:70rem;padding:1.5rem 1.25rem 3rem;background:var(--bg);color:var(--fg);"
"font:1rem/1.55 system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans',sans-serif;overflow-wrap:break-word}",
"h1,h2,h3,p,ul,dl,pre,table{margin:0}",
"h1{font-size:1.6rem;line-height:1.25;letter-spacing:-.01em}",
"h1 span{display:block;margin-top:.5rem;font-size:1.05rem;font-weight:400;line-height:1.5;letter-spacing:0}",
"h2{margin:2.75rem 0 .75rem;padding-top:.75rem;border-top:1px solid var(--line);font-size:1.25rem;line-height:1.3}",
"h3{margin:1.5rem 0 .4rem;font-size:1rem}",
"section>p{max-width:46rem;margin:.4rem 0}",
"ul{padding-left:1.25rem}",
"li{margin:.2rem 0}",
"a{color:var(--link)}",
"a:focus-visible,summary:focus-visible,.box:focus-visible{outline:2px solid var(--link);outline-offset:2px}",
"code,pre{font:.875em/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace}",
"pre{margin:.5rem 0;padding:.75rem .9rem;border:1px solid var(--line);border-radius:.4rem;background:var(--soft);"
"max-height:24rem;overflow:auto;white-space:pre-wrap;overflow-wrap:anywhere}",
".all{user-select:all;-webkit-user-select:all}",
".of{margin-bottom:.9rem;color:var(--mute);font-size:.875rem}",
".answer{padding:1.1rem 1.25rem;border-left:.3rem solid var(--bad);border-radius:.3rem;background:var(--badbg)}",
".answer.good{border-color:var(--ok);background:var(--okbg)}",
".verdict{margin-bottom:.25rem;color:var(--bad);font-size:.875rem;font-weight:600}",
".good .verdict{color:var(--ok)}",
"nav{margin-top:1.1rem;font-size:.9375rem}",
"nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;padding:0;list-style:none}",
"nav li{margin:0}",
"nav a{display:inline-block;padding:.15rem 0}",
".box{max-width:100%;max-height:85vh;margin:.75rem 0;overflow:auto;container-type:inline-size;"
"scroll-timeline:--box inline;"
"border:1px solid var(--line);border-radius:.4rem}",
"table{width:100%;border-collapse:separate;border-spacing:0;font-size:.9375rem;line-height:1.4}",
"caption{padding:.6rem .8rem;border-bottom:1px solid var(--line);color:var(--mute);font-size:.875rem;text-align:left}",
"i{font-style:normal}",
"caption span{display:inline-flex;gap:1rem;justify-content:space-between;position:sticky;left:.8rem;"
"width:calc(100cqi - 1.6rem)}",
"th,td{padding:.45rem .8rem;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}",
"tbody tr:last-child>*{border-bottom:0}",
"thead th{position:sticky;top:0;z-index:1;background:var(--soft);font-size:.875rem;vertical-align:bottom}",
"tbody th{position:sticky;left:0;background:var(--bg);font-weight:600}",
"th div{width:max-content;max-width:16rem;overflow-wrap:anywhere}",
"thead th:first-child{left:0;z-index:2}",
"small,.mute{color:var(--mute);font-size:.8125rem;font-weight:400}",
"td small,th small{display:block}",
".n{text-align:right;font-variant-numeric:tabular-nums}",
".what{min-width:15rem;color:var(--mute);font-size:.875rem}",
".cpu{min-width:11rem}",
".c{white-space:nowrap}",
".y{color:var(--ok);background:var(--okbg)}",
".x{color:var(--bad);background:var(--badbg)}",
".x a{color:inherit}",
".o{color:var(--odd);background:var(--oddbg)}",
".h{color:var(--mute)}",
".hint{visibility:hidden;flex:none;align-self:end;color:var(--link);animation:hint linear both;"
"animation-timeline:--box}",
"@keyframes hint{from,95%{visibility:visible}to{visibility:hidden}}",
"@supports not (animation-timeline:--box){@media(max-width:40rem){.hint{visibility:visible}}}",
".set code{white-space:nowrap}",
"dl{display:grid;margin:.5rem 0;grid-template-columns:max-content 1fr;gap:.25rem 1rem}",
"dt{color:var(--mute)}",
"dd{margin:0;min-width:0}",
".warn{padding:.6rem .9rem;border-left:.25rem solid var(--odd);border-radius:.3rem;background:var(--oddbg)}",
"details{margin:.75rem 0}",
"dd details{margin:.2rem 0}",
"summary{padding:.25rem 0;color:var(--link);cursor:pointer}",
"footer{margin-top:3rem;color:var(--mute);font-size:.8125rem}",
"@media(max-width:40rem){body{padding:1rem 1rem 2rem}h1{font-size:1.35rem}th,td{padding:.4rem .6rem}"
"th div{max-width:7rem}.answer{padding:.9rem 1rem}dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.5rem}}",
"@media print{body{max-width:none;padding:0;font-size:.8rem}nav,.hint{display:none}"
"pre,.box{max-height:none;overflow:visible}thead th,tbody th{position:static}"
"details::details-content{content-visibility:visible;height:auto}tr,pre,h2,h3{break-inside:avoid}"
"h2,h3{break-after:avoid}}",
/* clang-format on */
