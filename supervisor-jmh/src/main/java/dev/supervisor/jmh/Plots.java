package dev.supervisor.jmh;

import de.erichseifert.vectorgraphics2d.VectorGraphics2D;
import de.erichseifert.vectorgraphics2d.svg.SVGProcessor;
import de.erichseifert.vectorgraphics2d.util.PageSize;
import dev.supervisor.jmh.Results.Question;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Paint;
import java.awt.geom.Rectangle2D;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.NumberFormat;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jfree.chart.JFreeChart;
import org.jfree.chart.axis.Axis;
import org.jfree.chart.axis.CategoryAxis;
import org.jfree.chart.axis.LogAxis;
import org.jfree.chart.axis.NumberAxis;
import org.jfree.chart.axis.SymbolAxis;
import org.jfree.chart.axis.ValueAxis;
import org.jfree.chart.labels.ItemLabelAnchor;
import org.jfree.chart.labels.ItemLabelPosition;
import org.jfree.chart.labels.StandardCategoryItemLabelGenerator;
import org.jfree.chart.plot.CategoryPlot;
import org.jfree.chart.plot.Plot;
import org.jfree.chart.plot.PlotOrientation;
import org.jfree.chart.plot.XYPlot;
import org.jfree.chart.renderer.category.BarRenderer;
import org.jfree.chart.renderer.category.StandardBarPainter;
import org.jfree.chart.renderer.xy.XYLineAndShapeRenderer;
import org.jfree.chart.ui.RectangleInsets;
import org.jfree.chart.ui.TextAnchor;
import org.jfree.data.category.DefaultCategoryDataset;
import org.jfree.data.xy.XYSeries;
import org.jfree.data.xy.XYSeriesCollection;

/** The results as SVG files, in colours for light and for dark pages. */
final class Plots {

    private static final int WIDTH = 900;
    private static final Color GREY = new Color(0x80, 0x80, 0x80);
    private static final Color FAINT = new Color(0x80, 0x80, 0x80, 0x60);
    private static final Color OURS = new Color(0x3b, 0x82, 0xc4);
    private static final Color BARE = new Color(0x3a, 0x9d, 0x5d);
    private static final Color THEIRS = new Color(0x9a, 0x9a, 0x9a);
    private static final Color[] OTHERS = {
        new Color(0xd0, 0x7a, 0x2c), new Color(0xb0, 0x4f, 0x8c), new Color(0x8a, 0x8f, 0x2a)
    };

    /** Of another series of the same peer. */
    private static final BasicStroke DASHED =
            new BasicStroke(2, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 1, new float[] {6, 4}, 0);
    /** A reader's font may be wider than the one that is measured here. */
    private static final RectangleInsets LEGEND_PADDING = new RectangleInsets(2, 2, 2, 30);

    private final Results results;
    private final Path folder;

    Plots(Results results, Path folder) {
        System.setProperty("java.awt.headless", "true");
        this.results = results;
        this.folder = folder;
    }

    /** The peers, one bar each. */
    void bars() throws IOException {
        DefaultCategoryDataset data = new DefaultCategoryDataset();
        for (Question question : results.questions("SpawnJoin")) {
            String peer = question.get("peer");
            if (question.get("microseconds").equals("0") && !peer.startsWith("caller")) {
                data.addValue(Results.median(results.scores(question)), "", peer);
            }
        }
        BarRenderer bars = new BarRenderer() {
            @Override
            public Paint getItemPaint(int row, int column) {
                String peer = data.getColumnKey(column).toString();
                return peer.endsWith("supervised") ? OURS : peer.endsWith("bare") ? BARE : THEIRS;
            }
        };
        write("spawn-join.svg", "1,000 tasks that do nothing (green: unsupervised; blue: ours)",
                bars(data, "ns per task, the scope included", bars), 480, false);
    }

    /** What a time limit costs, and a timer of others, a bar each. */
    void timers() throws IOException {
        DefaultCategoryDataset data = new DefaultCategoryDataset();
        for (Question question : results.questions("TimeLimits")) {
            String outstanding = question.get("outstanding");
            int threads = Integer.parseInt(question.get("t"));
            String column = outstanding + " others, " + threads + (threads == 1 ? " thread" : " threads");
            switch (question.get("by")) {
                case "timeout" -> data.addValue(Results.median(results.differences(
                        question, Report.timeLimit("spawn", outstanding, threads))), "a time limit of ours", column);
                case "schedule" -> data.addValue(
                        Results.median(results.scores(question)), "ScheduledThreadPoolExecutor", column);
                case "wheel" -> data.addValue(Results.median(results.scores(question)), "HashedWheelTimer", column);
                default -> { }
            }
        }
        BarRenderer bars = new BarRenderer();
        for (int row = 0; row < data.getRowCount(); row++) {
            bars.setSeriesPaint(row, colour(data.getRowKey(row).toString(), row));
        }
        write("timers.svg", "Setting a limit of an hour that does not pass",
                bars(data, "ns", bars), 400, true);
    }

    private static CategoryPlot bars(DefaultCategoryDataset data, String unit, BarRenderer bars) {
        bars.setBarPainter(new StandardBarPainter());
        bars.setShadowVisible(false);
        bars.setDefaultItemLabelGenerator(
                new StandardCategoryItemLabelGenerator("{2}", NumberFormat.getIntegerInstance(Locale.ROOT)));
        bars.setDefaultItemLabelsVisible(true);
        bars.setDefaultItemLabelPaint(GREY);
        bars.setDefaultPositiveItemLabelPosition(
                new ItemLabelPosition(ItemLabelAnchor.OUTSIDE3, TextAnchor.CENTER_LEFT));
        CategoryPlot plot = new CategoryPlot(data, styled(new CategoryAxis()), styled(new NumberAxis(unit)), bars);
        plot.setOrientation(PlotOrientation.HORIZONTAL);
        plot.setRangeGridlinePaint(FAINT);
        return plot;
    }

    /** Tasks a second by threads. */
    void scaling() throws IOException {
        XYSeriesCollection data = new XYSeriesCollection();
        for (Question question : results.questions("Accounting")) {
            String name = switch (question.get("method") + question.get("kind")) {
                case "shared" -> "one Supervisor for all";
                case "own" -> "a Supervisor for each thread";
                case "alternativeHASH_SET" -> "NonBlockingHashSet and Phaser";
                case "alternativeCELLS" -> "recycled cells and Phaser";
                case "alternativeKEY_SET" -> "ConcurrentHashMap and Phaser";
                default -> "";
            };
            if (!name.isEmpty()) {
                int threads = Integer.parseInt(question.get("t"));
                series(data, name).add(threads, Results.median(results.scores(question)));
            }
        }
        write("scaling.svg", "Accounting alone: million tasks a second",
                lines(data, logarithmic("spawning threads", 2), new NumberAxis("million tasks a second")), 400, true);
    }

    /** Percentiles of the latencies. */
    void latency() throws IOException {
        XYSeriesCollection data = new XYSeriesCollection();
        for (Question question : results.questions("Latency")) {
            if (question.get("method").equals("start")) {
                addPercentiles(data, question.get("peer"), question);
            }
        }
        write("latency.svg", "From spawn to the first line of the body",
                lines(data, percentiles(), logarithmic("µs", 10)), 400, true);
    }

    /** Percentiles of the lateness of time limits. */
    void lateness() throws IOException {
        XYSeriesCollection data = new XYSeriesCollection();
        for (Question question : results.questions("Lateness")) {
            addPercentiles(data, question.get("method") + ", " + question.get("tasks"), question);
        }
        write("lateness.svg", "From when a limit has passed to the callback, with so many limits set",
                lines(data, percentiles(), logarithmic("µs", 10)), 400, true);
    }

    private void addPercentiles(XYSeriesCollection data, String name, Question question) {
        List<String> percentiles = Report.PERCENTILES.subList(0, 5);
        for (int nines = 0; nines < percentiles.size(); nines++) {
            series(data, name).add(nines,
                    Math.max(1, Results.median(results.scores(question, percentiles.get(nines))) / 1000));
        }
    }

    private static SymbolAxis percentiles() {
        SymbolAxis axis = new SymbolAxis("percentile", new String[] {"50", "90", "99", "99.9", "99.99"});
        axis.setGridBandsVisible(false);
        return axis;
    }

    /** What is retained. */
    void heap(List<Report.Retention> retained) throws IOException {
        XYSeriesCollection data = new XYSeriesCollection();
        for (Report.Retention retention : retained) {
            series(data, retention.by()).add(retention.tasks() / 1e6, Math.max(1, retention.bytes() / 1024.0));
        }
        write("heap.svg", "Retained after so many tasks, with 128 live",
                lines(data, new NumberAxis("million tasks"), logarithmic("KiB; less than one as one", 10)), 400, true);
    }

    /** One of the same colour in every plot, where there is one: ours, the bare executor, what the card asked for. */
    private static Color colour(String name, int series) {
        return switch (name.replaceFirst(", .*", "")) {
            case "one Supervisor for all", "supervised", "thread.supervised", "a time limit of ours" -> OURS;
            case "a Supervisor for each thread", "thread.bare" -> BARE;
            case "NonBlockingHashSet and Phaser", "hashSet", "thread.structured", "HashedWheelTimer", "wheel" -> THEIRS;
            case "ScheduledThreadPoolExecutor", "schedule" -> OTHERS[1];
            default -> OTHERS[series % OTHERS.length];
        };
    }

    private static XYSeries series(XYSeriesCollection data, String name) {
        int index = data.getSeriesIndex(name);
        if (index >= 0) {
            return data.getSeries(index);
        }
        XYSeries series = new XYSeries(name);
        data.addSeries(series);
        return series;
    }

    private static XYPlot lines(XYSeriesCollection data, ValueAxis domain, ValueAxis range) {
        XYLineAndShapeRenderer lines = new XYLineAndShapeRenderer(true, true);
        Set<Color> used = new HashSet<>();
        for (int series = 0; series < data.getSeriesCount(); series++) {
            Color colour = colour(data.getSeriesKey(series).toString(), series);
            lines.setSeriesPaint(series, colour);
            lines.setSeriesStroke(series, used.add(colour) ? new BasicStroke(2) : DASHED);
        }
        XYPlot plot = new XYPlot(data, styled(domain), styled(range), lines);
        plot.setDomainGridlinePaint(FAINT);
        plot.setRangeGridlinePaint(FAINT);
        return plot;
    }

    private static LogAxis logarithmic(String label, int base) {
        LogAxis axis = new LogAxis(label);
        axis.setBase(base);
        axis.setStandardTickUnits(NumberAxis.createIntegerTickUnits());
        axis.setNumberFormatOverride(NumberFormat.getIntegerInstance(Locale.ROOT));
        return axis;
    }

    private static <A extends Axis> A styled(A axis) {
        axis.setLabelFont(new Font(Font.SANS_SERIF, Font.PLAIN, 12));
        axis.setTickLabelFont(new Font(Font.SANS_SERIF, Font.PLAIN, 11));
        axis.setLabelPaint(GREY);
        axis.setTickLabelPaint(GREY);
        axis.setTickMarkPaint(GREY);
        axis.setAxisLinePaint(GREY);
        return axis;
    }

    private void write(String file, String title, Plot plot, int height, boolean legend) throws IOException {
        plot.setBackgroundPaint(null);
        plot.setOutlinePaint(FAINT);
        JFreeChart chart = new JFreeChart(title, new Font(Font.SANS_SERIF, Font.BOLD, 14), plot, legend);
        chart.setBackgroundPaint(null);
        chart.getTitle().setPaint(GREY);
        if (legend) {
            chart.getLegend().setBackgroundPaint(null);
            chart.getLegend().setItemPaint(GREY);
            chart.getLegend().setItemFont(new Font(Font.SANS_SERIF, Font.PLAIN, 11));
            chart.getLegend().setItemLabelPadding(LEGEND_PADDING);
        }
        VectorGraphics2D graphics = new VectorGraphics2D();
        chart.draw(graphics, new Rectangle2D.Double(0, 0, WIDTH, height));
        try (OutputStream out = Files.newOutputStream(folder.resolve(file))) {
            new SVGProcessor().getDocument(graphics.getCommands(), new PageSize(0, 0, WIDTH, height)).writeTo(out);
        }
    }
}
