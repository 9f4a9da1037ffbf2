"""The look of MedSim: slate neutrals, one teal accent, light and dark. Nothing is fetched from anywhere."""

from pathlib import Path

import gradio as gr
from gradio.themes.utils import colors, sizes

TEAL = colors.Color(
    "#eff7f6", "#e0efee", "#bfdedc", "#93c8c5", "#6cc0bb", "#2c8683", "#0f6466", "#0d5557", "#0c4648", "#0a3839",
    "#062526", name="teal_",
)  # fmt: skip
SLATE = colors.Color(
    "#f6f8f8", "#eef2f2", "#dbe2e4", "#c2cdd0", "#9db0b6", "#7b8e95", "#4f6068", "#37474e", "#243238", "#17211f",
    "#0f1719", name="slate_",
)  # fmt: skip
FONT = ["ui-sans-serif", "system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "Helvetica Neue", "Arial",
        "sans-serif"]  # fmt: skip
MONOSPACE = ["ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "Noto Sans Mono", "DejaVu Sans Mono", "monospace"]

COLOURS = {  # light, dark
    "body_background_fill": ("#f5f7f7", "#0f1719"),
    "body_text_color": ("#17242a", "#e4ecee"),
    "body_text_color_subdued": ("#4f6068", "#a6b6bc"),
    "background_fill_primary": ("#ffffff", "#162124"),
    "background_fill_secondary": ("#eef2f2", "#1d2a2e"),
    "block_background_fill": ("#ffffff", "#162124"),
    "block_border_color": ("#dbe2e4", "#2c3b41"),
    "block_shadow": ("none", "none"),
    "block_label_background_fill": ("transparent", "transparent"),
    "block_label_text_color": ("#4f6068", "#a6b6bc"),
    "block_title_text_color": ("#37474e", "#c3d0d4"),
    "block_info_text_color": ("#4f6068", "#a6b6bc"),
    "border_color_primary": ("#dbe2e4", "#2c3b41"),
    "border_color_accent": ("#0f6466", "#6cc0bb"),
    "border_color_accent_subdued": ("#bfdedc", "#2a5a59"),
    "color_accent_soft": ("#e0efee", "#17373a"),
    "link_text_color": ("#0f6466", "#6cc0bb"),
    "input_background_fill": ("#ffffff", "#11191c"),
    "input_border_color": ("#7f9198", "#63757c"),
    "input_border_color_focus": ("#0f6466", "#6cc0bb"),
    "input_shadow_focus": ("0 0 0 3px #0f646640", "0 0 0 3px #6cc0bb50"),
    "input_placeholder_color": ("#65767d", "#93a4aa"),
    "button_primary_background_fill": ("#0f6466", "#6cc0bb"),
    "button_primary_background_fill_hover": ("#0c4f51", "#8fd2ce"),
    "button_primary_text_color": ("#ffffff", "#06201f"),
    "button_secondary_background_fill": ("#ffffff", "#1d2a2e"),
    "button_secondary_background_fill_hover": ("#eef2f2", "#26353a"),
    "button_secondary_border_color": ("#b9c5c9", "#4a5b62"),
    "button_cancel_background_fill": ("#ffffff", "#1d2a2e"),
    "button_cancel_background_fill_hover": ("#fbe9e7", "#3a1b19"),
    "button_cancel_text_color": ("#9c2722", "#f2a39d"),
    "button_cancel_border_color": ("#c98783", "#7b3a36"),
    "checkbox_border_color": ("#7f9198", "#7d9097"),
    "checkbox_background_color_selected": ("#0f6466", "#6cc0bb"),
    "checkbox_label_background_fill": ("transparent", "transparent"),
    "checkbox_label_background_fill_selected": ("#e0efee", "#17373a"),
    "checkbox_label_text_color_selected": ("#0c4648", "#d5eeec"),
    "checkbox_label_border_color_selected": ("#0f6466", "#6cc0bb"),
    "slider_color": ("#0f6466", "#6cc0bb"),
    "loader_color": ("#0f6466", "#6cc0bb"),
    "table_even_background_fill": ("transparent", "transparent"),
    "table_odd_background_fill": ("transparent", "transparent"),
    "panel_background_fill": ("transparent", "transparent"),
}
SHAPES = {
    "color_accent": "#0f6466",  # has no dark form: style.css
    "block_border_width": "1px",
    "block_radius": "10px",
    "block_label_border_width": "0",
    "block_label_border_width_dark": "0",
    "block_label_text_weight": "500",
    "block_title_text_weight": "550",
    "block_title_text_size": ".875rem",
    "container_radius": "10px",
    "input_radius": "8px",
    "input_border_width": "1px",
    "table_radius": "8px",
    "panel_border_width": "0",
    "layout_gap": "14px",
    "form_gap_width": "0px",
    "checkbox_label_border_width": "1px",
    "checkbox_label_padding": "5px 12px",
    "button_primary_border_color": "#0f6466",
    "button_border_width": "1px",
    "button_transition": "background-color .15s",
    "button_large_padding": "9px 16px",
    "button_large_radius": "8px",
    "button_large_text_weight": "550",
    "button_large_text_size": "1rem",
    "button_medium_padding": "7px 14px",
    "button_medium_radius": "8px",
    "button_medium_text_weight": "550",
    "button_medium_text_size": ".9375rem",
    "button_small_padding": "6px 12px",
    "button_small_radius": "8px",
    "button_small_text_weight": "500",
    "button_small_text_size": ".875rem",
}


# Escape closes the evidence of a score, which is open by hover or focus, until a score is pointed at or focused anew
DISMISS = """<script>
document.addEventListener('keydown', event => {
  if (event.key === 'Escape') document.body.classList.add('no-tip');
});
for (const name of ['pointerover', 'focusin']) document.addEventListener(name, event => {
  if (event.target.closest('.chip')) document.body.classList.remove('no-tip');
});
</script>"""


def theme() -> gr.themes.Base:
    light = {name: pair[0] for name, pair in COLOURS.items()}
    dark = {f"{name}_dark": pair[1] for name, pair in COLOURS.items()}
    base = gr.themes.Base(
        primary_hue=TEAL,
        secondary_hue=TEAL,
        neutral_hue=SLATE,
        text_size=sizes.Size(".69rem", ".69rem", ".75rem", ".875rem", "1rem", "1.125rem", "1.375rem", name="rem"),
        radius_size=sizes.Size("2px", "2px", "4px", "6px", "8px", "10px", "12px", name="r"),
        spacing_size=sizes.spacing_md,
        font=FONT,
        font_mono=MONOSPACE,
    )
    return base.set(**light, **dark, **SHAPES)


def head() -> str:
    """What goes into the page's head: the style sheet. `launch(css=...)` rewrites and breaks it; this does not."""
    return f"<style>{Path(__file__).with_name('style.css').read_text(encoding='utf-8')}</style>{DISMISS}"
