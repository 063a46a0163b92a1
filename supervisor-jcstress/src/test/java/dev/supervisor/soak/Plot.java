package dev.supervisor.soak;

import de.erichseifert.vectorgraphics2d.VectorGraphics2D;
import de.erichseifert.vectorgraphics2d.svg.SVGProcessor;
import de.erichseifert.vectorgraphics2d.util.PageSize;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.geom.Rectangle2D;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.ToDoubleFunction;
import org.jfree.chart.JFreeChart;
import org.jfree.chart.axis.NumberAxis;
import org.jfree.chart.plot.CombinedDomainXYPlot;
import org.jfree.chart.plot.XYPlot;
import org.jfree.chart.renderer.xy.XYLineAndShapeRenderer;
import org.jfree.data.xy.XYSeries;
import org.jfree.data.xy.XYSeriesCollection;

/** The samples as an SVG: three panels over one time axis, in colours for light and for dark pages. */
final class Plot {

    private static final int WIDTH = 900;
    private static final int HEIGHT = 600;
    private static final Color GREY = new Color(0x80, 0x80, 0x80);
    private static final Color FAINT = new Color(0x80, 0x80, 0x80, 0x60);

    private Plot() { }

    static void write(Series series, String title, Path file) throws IOException {
        System.setProperty("java.awt.headless", "true");
        CombinedDomainXYPlot panels = new CombinedDomainXYPlot(axis("minutes"));
        panels.add(panel(series, "heap after GC, MiB", new Color(0x3b, 0x82, 0xc4), s -> s.heap() / 1048576.0));
        panels.add(panel(series, "platform threads", new Color(0xd0, 0x7a, 0x2c), Series.Sample::threads));
        panels.add(panel(series, "tasks a second", new Color(0x3a, 0x9d, 0x5d), Series.Sample::rate));
        panels.setBackgroundPaint(null);
        JFreeChart chart = new JFreeChart(title, new Font(Font.SANS_SERIF, Font.BOLD, 14), panels, false);
        chart.setBackgroundPaint(null);
        chart.getTitle().setPaint(GREY);
        VectorGraphics2D graphics = new VectorGraphics2D();
        chart.draw(graphics, new Rectangle2D.Double(0, 0, WIDTH, HEIGHT));
        try (OutputStream out = Files.newOutputStream(file)) {
            PageSize page = new PageSize(0, 0, WIDTH, HEIGHT);
            new SVGProcessor().getDocument(graphics.getCommands(), page).writeTo(out);
        }
    }

    private static XYPlot panel(
            Series series, String unit, Color colour, ToDoubleFunction<Series.Sample> value) {
        XYSeries points = new XYSeries(unit);
        series.samples().forEach(sample -> points.add(sample.seconds() / 60, value.applyAsDouble(sample)));
        XYLineAndShapeRenderer line = new XYLineAndShapeRenderer(true, false);
        line.setDrawSeriesLineAsPath(true);
        line.setSeriesPaint(0, colour);
        line.setSeriesStroke(0, new BasicStroke(1.5f));
        XYPlot panel = new XYPlot(new XYSeriesCollection(points), null, axis(unit), line);
        panel.setBackgroundPaint(null);
        panel.setOutlinePaint(FAINT);
        panel.setDomainGridlinePaint(FAINT);
        panel.setRangeGridlinePaint(FAINT);
        return panel;
    }

    private static NumberAxis axis(String label) {
        NumberAxis axis = new NumberAxis(label);
        axis.setLabelFont(new Font(Font.SANS_SERIF, Font.PLAIN, 12));
        axis.setTickLabelFont(new Font(Font.SANS_SERIF, Font.PLAIN, 11));
        axis.setLabelPaint(GREY);
        axis.setTickLabelPaint(GREY);
        axis.setTickMarkPaint(GREY);
        axis.setAxisLinePaint(GREY);
        return axis;
    }
}
