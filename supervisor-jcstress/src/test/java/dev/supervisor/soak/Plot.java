package dev.supervisor.soak;

import de.erichseifert.vectorgraphics2d.VectorGraphics2D;
import de.erichseifert.vectorgraphics2d.svg.SVGProcessor;
import de.erichseifert.vectorgraphics2d.util.PageSize;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.ToDoubleFunction;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** The samples as an SVG of three panels, in colours that can be read on light and on dark pages. */
final class Plot {

    private static final int WIDTH = 900;
    private static final int HEIGHT = 200;
    private static final Color NONE = new Color(0, 0, 0, 0);
    private static final Color GREY = new Color(0x80, 0x80, 0x80);
    private static final Color GRID = new Color(0x80, 0x80, 0x80, 0x50);

    private final Series series;
    private final VectorGraphics2D graphics = new VectorGraphics2D();

    private Plot(Series series) {
        this.series = series;
    }

    static void write(Series series, String title, Path file) throws IOException {
        System.setProperty("java.awt.headless", "true");
        Plot plot = new Plot(series);
        plot.panel(title, "heap after GC, MiB", new Color(0x3b, 0x82, 0xc4), sample -> sample.heap() / 1048576.0);
        plot.panel("", "platform threads", new Color(0xd0, 0x7a, 0x2c), Series.Sample::threads);
        plot.panel("", "tasks per second", new Color(0x3a, 0x9d, 0x5d), Series.Sample::rate);
        try (OutputStream out = Files.newOutputStream(file)) {
            new SVGProcessor().getDocument(plot.graphics.getCommands(), new PageSize(0, 0, WIDTH, 3 * HEIGHT))
                    .writeTo(out);
        }
    }

    private void panel(String title, String unit, Color colour, ToDoubleFunction<Series.Sample> value) {
        double[] x = series.samples().stream().mapToDouble(sample -> sample.seconds() / 60).toArray();
        double[] y = series.samples().stream().mapToDouble(value).toArray();
        XYChart chart = new XYChartBuilder().width(WIDTH).height(HEIGHT)
                .title(title).xAxisTitle("minutes").yAxisTitle(unit).build();
        chart.getStyler().setYAxisMin(0.0).setPlotGridLinesColor(GRID).setAxisTickLabelsColor(GREY)
                .setAxisTickMarksColor(GREY).setAxisTickLabelsFont(new Font(Font.SANS_SERIF, Font.PLAIN, 11))
                .setAxisTitleFont(new Font(Font.SANS_SERIF, Font.PLAIN, 12));
        chart.getStyler().setChartBackgroundColor(NONE).setPlotBackgroundColor(NONE).setPlotBorderColor(GRID)
                .setChartFontColor(GREY).setXAxisTitleColor(GREY).setYAxisTitleColor(GREY)
                .setChartTitleFont(new Font(Font.SANS_SERIF, Font.BOLD, 14)).setChartTitleFontColor(GREY)
                .setChartTitleVisible(!title.isEmpty()).setLegendVisible(false).setYAxisLeftWidthHint(80);
        chart.addSeries(unit, x, y).setMarker(SeriesMarkers.NONE).setLineColor(colour)
                .setLineStyle(new BasicStroke(1.5f));
        chart.paint(graphics, WIDTH, HEIGHT);
        graphics.translate(0, HEIGHT);
    }
}
